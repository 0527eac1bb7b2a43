_base_ = "uniav_onepeace.py"

features = dict(_delete_=True, kind="i3d-vggish")
every = dict(features=features)
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", trunc_ratio=0.5, crop_ratio=(0.9, 1.0), margin=1.5),
    dict(type="PackAVInputs"),
]
trained = dict(features=features, pipeline=train_pipeline, max_len=224)
train_dataloader = dict(
    dataset=dict(
        datasets=dict(events=trained, actions=trained, sounds=dict(trained, max_len=32)),
    )
)
datasets = dict(events=every, actions=every, sounds=every)
val_dataloader = dict(dataset=dict(datasets=datasets))
test_dataloader = dict(dataset=dict(datasets=datasets))
