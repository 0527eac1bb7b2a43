_base_ = "multi_task.py"

features = dict(kind="onepeace")
events = dict(type="UnAV100Dataset", data_root="data/unav100", features=features)
actions = dict(type="ActivityNetAVDataset", data_root="data/activitynet", features=features)
sounds = dict(type="DESEDDataset", data_root="data/desed", features=features)
train_dataloader = dict(
    dataset=dict(
        datasets=dict(
            events=dict(**events, max_len=256),
            actions=dict(**actions, max_len=256),
            sounds=dict(**sounds, max_len=64, ann_file="metadata/train.tsv"),
        )
    )
)
val_dataloader = dict(
    dataset=dict(
        datasets=dict(
            events=events,
            actions=actions,
            sounds=dict(**sounds, ann_file="metadata/validation.tsv"),
        )
    )
)
test_dataloader = dict(
    dataset=dict(
        datasets=dict(
            events=events,
            # ActivityNet's test split has no public annotations.
            actions=dict(**actions, subset="validation"),
            sounds=dict(**sounds, ann_file="metadata/test.tsv"),
        )
    )
)
