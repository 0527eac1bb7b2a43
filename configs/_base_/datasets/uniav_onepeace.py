# UniAV's three data sets: audio-visual events, visual actions, sound events. Batches take turns.
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    # Events may reach half a feature's frames beyond a crop.
    dict(type="RandomTemporalCrop", trunc_ratio=0.5, crop_ratio=(0.9, 1.0), margin=2.0),
    dict(type="PackAVInputs"),
]
test_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="PackAVInputs"),
]

features = dict(kind="onepeace")
events = dict(type="UnAV100Dataset", data_root="data/unav100", features=features)
actions = dict(type="ActivityNetAVDataset", data_root="data/activitynet", features=features)
sounds = dict(type="DESEDDataset", data_root="data/desed", features=features)
train = dict(subset="train", pipeline=train_pipeline)
validation = dict(subset="validation", pipeline=test_pipeline, test_mode=True)
test = dict(subset="test", pipeline=test_pipeline, test_mode=True)

loader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    batch_sampler=dict(type="TaskBatchSampler"),
)
train_dataloader = dict(
    **loader,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(
            events=dict(**events, **train, max_len=256),
            actions=dict(**actions, **train, max_len=256),
            sounds=dict(**sounds, **train, max_len=64, ann_file="metadata/train.tsv"),
        ),
    ),
)
test_loader = dict(**loader, sampler=dict(type="DefaultSampler", shuffle=False))
# ActivityNet's test split has no public annotations.
val_dataloader = dict(
    **test_loader,
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(
            events=dict(**events, **validation),
            actions=dict(**actions, **validation),
            sounds=dict(**sounds, **validation, ann_file="metadata/validation.tsv"),
        ),
    ),
)
test_dataloader = dict(
    **test_loader,
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(
            events=dict(**events, **test),
            actions=dict(**actions, **validation),
            sounds=dict(**sounds, **test, ann_file="metadata/test.tsv"),
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
