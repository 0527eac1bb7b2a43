# A+V-att. Published: loss_cls.mode="soft_margin".
_base_ = [
    "../_base_/datasets/ave_map.py",
    "../_base_/models/avel.py",
    "../_base_/schedules/adam_45e.py",
    "../_base_/plain_runtime.py",
]
train_dataloader = dict(batch_size=64)
auto_scale_lr = dict(base_batch_size=64)
# The authors' 15,000 steps, in epochs of 52.
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[288], gamma=0.1)]
train_cfg = dict(max_epochs=300, val_interval=5)
