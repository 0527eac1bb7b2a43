# Common settings of datasets with audio-visual features. Each dataset sets its folder, the kind of
# features and the length of a training crop.
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", trunc_ratio=0.5, crop_ratio=(0.9, 1.0)),
    dict(type="PackAVInputs"),
]
test_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="PackAVInputs"),
]

loader = dict(batch_size=16, num_workers=4, persistent_workers=True)
train_dataloader = dict(
    **loader,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(subset="train", pipeline=train_pipeline),
)
# Batches of videos of similar length, which are padded little.
test_loader = dict(**loader, sampler=dict(type="LengthSampler"))
test_dataset = dict(pipeline=test_pipeline, test_mode=True)
val_dataloader = dict(**test_loader, dataset=dict(**test_dataset, subset="validation"))
test_dataloader = dict(**test_loader, dataset=dict(**test_dataset, subset="test"))
val_evaluator = dict(type="SegmentMAP")
test_evaluator = dict(type="SegmentMAP")
