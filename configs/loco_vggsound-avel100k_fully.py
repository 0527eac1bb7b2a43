_base_ = [
    "_base_/datasets/vggsound-avel100k.py",
    "_base_/models/loco_avel.py",
    "_base_/schedules/adamw_45e.py",
    "_base_/default_runtime.py",
]
model = dict(head=dict(num_classes=141))
