_base_ = [
    "../_base_/datasets/unav100_onepeace.py",
    "../_base_/models/tadtr.py",
    "../_base_/schedules/adamw_45e_queries.py",
    "../_base_/default_runtime.py",
]
