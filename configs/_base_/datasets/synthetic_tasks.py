# Three worlds: `short`; one with visual features only; and one of short clips with audio features
# only. Missing data are written.
_base_ = "multi_task.py"

features = dict(kind="onepeace", visual=dict(dim=64), audio=dict(dim=64))
world = dict(type="SyntheticAVDataset", features=features)
fewer = dict(num_videos=[400, 40, 150])
events = dict(**world, data_root="data/synthetic")
actions = dict(
    **world,
    data_root="data/synthetic_actions",
    world=dict(seed=1, num_classes=12, durations=[8.0, 30.0], pace=2.0),
    files=fewer,
    modalities="visual",
)
sounds = dict(
    **world,
    data_root="data/synthetic_sounds",
    world=dict(seed=2, num_classes=8, durations=[9.0, 10.0], pace=2.0),
    files=fewer,
    modalities="audio",
)
# Samples are small, so that worker processes would be slower.
in_process = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    **in_process,
    dataset=dict(
        datasets=dict(
            events=dict(**events, max_len=128),
            actions=dict(**actions, max_len=128),
            sounds=dict(**sounds, max_len=48),
        )
    ),
)
every = dict(datasets=dict(events=events, actions=actions, sounds=sounds))
val_dataloader = dict(**in_process, dataset=every)
test_dataloader = dict(**in_process, dataset=every)
