# The default world: `python tools/data/make_synthetic.py --out data/synthetic` writes the same.
_base_ = "unav100_onepeace.py"

data_root = "data/synthetic"
load_features = dict(
    type="LoadAVFeatures",
    visual=dict(suffixes=["_one_peace_video_finetune.npy"], dim=64),
    audio=dict(suffixes=["_one_peace_audio.npy"], dim=64),
    grid=dict(fps=16, num_frames=16, stride=4),
)
train_pipeline = [
    load_features,
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", max_len=128, trunc_ratio=0.5, crop_ratio=(0.9, 1.0)),
    dict(type="PackAVInputs"),
]
test_pipeline = [load_features, dict(type="SegmentsToGrid"), dict(type="PackAVInputs")]

dataset = dict(type="SyntheticAVDataset", data_root=data_root)
# Samples are small: worker processes would cost more than they give.
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(**loader, dataset=dict(**dataset, pipeline=train_pipeline))
val_dataloader = dict(**loader, dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = dict(**loader, dataset=dict(**dataset, pipeline=test_pipeline))
