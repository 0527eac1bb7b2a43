_base_ = [
    "../_base_/datasets/unav100_onepeace.py",
    "../_base_/models/ccnet.py",
    "../_base_/schedules/adamw_45e.py",
    "../_base_/default_runtime.py",
]
