_base_ = [
    "../_base_/datasets/ave_map.py",
    "../_base_/models/psp.py",
    "../_base_/schedules/adam_45e.py",
    "../_base_/plain_runtime.py",
]
train_dataloader = dict(batch_size=128)
auto_scale_lr = dict(base_batch_size=128)
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[60, 120], gamma=0.8)]
train_cfg = dict(max_epochs=300, val_interval=5)
