_base_ = "unav100_onepeace.py"

load_features = dict(
    type="LoadAVFeatures",
    visual=dict(suffixes=["_rgb.npy", "_flow.npy"], dim=2048),
    audio=dict(suffixes=["_vggish.npy"], dim=128),
    grid=dict(fps=25, num_frames=24, stride=8),
)
train_pipeline = [
    load_features,
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", max_len=224, trunc_ratio=0.5, crop_ratio=(0.9, 1.0)),
    dict(type="PackAVInputs"),
]
test_pipeline = [load_features, dict(type="SegmentsToGrid"), dict(type="PackAVInputs")]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
