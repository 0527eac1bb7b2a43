# Three worlds: the default one; one of which only visual features are read; and one of short clips
# of which only audio features are. What is not there yet is written.
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", trunc_ratio=0.5, crop_ratio=(0.9, 1.0), margin=2.0),
    dict(type="PackAVInputs"),
]
test_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="PackAVInputs"),
]

features = dict(kind="onepeace", visual=dict(dim=64), audio=dict(dim=64))
events = dict(type="SyntheticAVDataset", data_root="data/synthetic", features=features)
actions = dict(
    type="SyntheticAVDataset",
    data_root="data/synthetic_actions",
    world=dict(seed=1, num_classes=12),
    files=dict(num_videos=[400, 40, 150]),
    features=features,
    modalities="visual",
)
sounds = dict(
    type="SyntheticAVDataset",
    data_root="data/synthetic_sounds",
    world=dict(seed=2, num_classes=8, durations=[9.0, 10.0]),
    files=dict(num_videos=[400, 40, 150]),
    features=features,
    modalities="audio",
)
train = dict(subset="train", pipeline=train_pipeline)
validation = dict(subset="validation", pipeline=test_pipeline, test_mode=True)
test = dict(subset="test", pipeline=test_pipeline, test_mode=True)

# Samples are small: worker processes would cost more than they give.
loader = dict(batch_size=16, num_workers=0, batch_sampler=dict(type="TaskBatchSampler"))
train_dataloader = dict(
    **loader,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(
            events=dict(**events, **train, max_len=128),
            actions=dict(**actions, **train, max_len=128),
            sounds=dict(**sounds, **train, max_len=48),
        ),
    ),
)
test_loader = dict(**loader, sampler=dict(type="DefaultSampler", shuffle=False))
val_dataloader = dict(
    **test_loader,
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(
            events=dict(**events, **validation),
            actions=dict(**actions, **validation),
            sounds=dict(**sounds, **validation),
        ),
    ),
)
test_dataloader = dict(
    **test_loader,
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(
            events=dict(**events, **test),
            actions=dict(**actions, **test),
            sounds=dict(**sounds, **test),
        ),
    ),
)
metrics = dict(
    events=dict(type="SegmentMAP"),
    actions=dict(type="SegmentMAP"),
    sounds=dict(type="SegmentMAP"),
)
val_evaluator = dict(type="TaskMetrics", tasks=metrics)
test_evaluator = dict(type="TaskMetrics", tasks=metrics)
