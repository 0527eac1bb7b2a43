# Common settings of UniAV's three tasks: audio-visual events, visual actions, sound events. Each
# batch belongs to one task, and tasks alternate. Configs based on this one set the dataset of each
# task, its kind of features and the length of a training crop.
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    # Events may extend half a feature's frames beyond a crop, here those of ONE-PEACE.
    dict(type="RandomTemporalCrop", trunc_ratio=0.5, crop_ratio=(0.9, 1.0), margin=2.0),
    dict(type="PackAVInputs"),
]
test_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="PackAVInputs"),
]

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
    dataset=dict(type="MultiTaskDataset", datasets=dict(events=train, actions=train, sounds=train)),
)
test_loader = dict(**loader, sampler=dict(type="DefaultSampler", shuffle=False))
val_dataloader = dict(
    **test_loader,
    dataset=dict(
        type="MultiTaskDataset",
        datasets=dict(events=validation, actions=validation, sounds=validation),
    ),
)
test_dataloader = dict(
    **test_loader,
    dataset=dict(type="MultiTaskDataset", datasets=dict(events=test, actions=test, sounds=test)),
)
mAP = dict(type="SegmentMAP")
val_evaluator = dict(type="TaskMetrics", tasks=dict(events=mAP, actions=mAP, sounds=mAP))
test_evaluator = dict(type="TaskMetrics", tasks=dict(events=mAP, actions=mAP, sounds=mAP))
