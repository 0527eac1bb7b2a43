# BMN of MMAction2 on audio-visual features: model and packing are the toolbox's; dataset, loading,
# metric and runner are ours.
_base_ = [
    "mmaction::_base_/models/bmn_400x100.py",
    "../../_base_/datasets/synthetic.py",
    "../../_base_/schedules/adamw_10e.py",
    "../../_base_/small_runtime.py",
]
steps = 32
small = dict(num_samples=16, hidden_dim_1d=64, hidden_dim_2d=32, hidden_dim_3d=64)
model = dict(temporal_dim=steps, feat_dim=128, feature_extraction_interval=1, **small)
meta = ("video_name", "duration_second", "duration_frame", "annotations")
pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="ToLocalizationInputs", length=steps),
    dict(type="PackLocalizationInputs", keys=("gt_bbox",), meta_keys=meta),
]
train_dataloader = dict(dataset=dict(pipeline=pipeline, max_len=None))
# BMN predicts one video at a time.
val_dataloader = dict(batch_size=1, dataset=dict(pipeline=pipeline))
test_dataloader = dict(batch_size=1, dataset=dict(pipeline=pipeline))
val_evaluator = dict(_delete_=True, type="ProposalRecall")
test_evaluator = val_evaluator
