_base_ = [
    "../_base_/datasets/unav100_onepeace.py",
    "../_base_/models/vsgn.py",
    "../_base_/schedules/adamw_45e.py",
    "../_base_/default_runtime.py",
]
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", crop_ratio=(0.9, 1.0), short_share=0.38),
    dict(type="PackAVInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-5))
