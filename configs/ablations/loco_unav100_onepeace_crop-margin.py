# UniAV's crops: events may extend half a feature's frames, 16 / 2 / 4 = 2 steps, beyond the crop.
_base_ = "../loco_unav100_onepeace.py"
train_pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", trunc_ratio=0.5, crop_ratio=(0.9, 1.0), margin=2),
    dict(type="PackAVInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
