_base_ = [
    "../_base_/datasets/unav100_i3d-vggish.py",
    "../_base_/models/vsgn.py",
    "../_base_/schedules/adamw_45e.py",
    "../_base_/default_runtime.py",
]
# 224 is not a multiple of the last stride.
model = dict(max_len=256, encoder=dict(visual_dim=2048, audio_dim=128))
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", crop_ratio=(0.9, 1.0), short_share=0.38),
    dict(type="PackAVInputs"),
]
train_dataloader = dict(dataset=dict(max_len=256, pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-5))
