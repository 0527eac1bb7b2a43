_base_ = [
    "_base_/datasets/ave.py",
    "_base_/models/loco_avel.py",
    "_base_/schedules/adamw_60e.py",
    "_base_/default_runtime.py",
]
