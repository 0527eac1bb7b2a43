# Common settings of datasets with segment labels. Each dataset sets its folder and widths.
pipeline = [dict(type="LoadSegmentFeatures"), dict(type="PackSegmentInputs")]

loader = dict(batch_size=16, num_workers=4, persistent_workers=True)
dataset = dict(pipeline=pipeline, features="mean")
train_dataloader = dict(
    **loader,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(**dataset, subset="train"),
)
test_loader = dict(**loader, sampler=dict(type="DefaultSampler", shuffle=False))
test_dataset = dict(**dataset, test_mode=True)
val_dataloader = dict(**test_loader, dataset=dict(**test_dataset, subset="val"))
test_dataloader = dict(**test_loader, dataset=dict(**test_dataset, subset="test"))
val_evaluator = dict(type="SegmentAccuracy")
test_evaluator = dict(type="SegmentAccuracy", classwise=True)
# Published results are often of the epoch that is best on test: the log contains both in the end.
custom_hooks = [dict(type="SelectionHook")]
