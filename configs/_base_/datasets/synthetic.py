# The default world: `python tools/data/make_synthetic.py --out data/synthetic` writes the same.
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

train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="SyntheticAVDataset", data_root=data_root, subset="train", pipeline=train_pipeline
    ),
)
val_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="SyntheticAVDataset",
        data_root=data_root,
        subset="validation",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="SyntheticAVDataset",
        data_root=data_root,
        subset="test",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
val_evaluator = dict(type="SegmentMAP")
test_evaluator = dict(type="SegmentMAP")
