_base_ = [
    "../_base_/datasets/ave_map.py",
    "../_base_/models/lesp.py",
    "../_base_/schedules/adam_45e.py",
    "../_base_/plain_runtime.py",
]
train_dataloader = dict(batch_size=128, drop_last=True)
auto_scale_lr = dict(base_batch_size=128)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=True)]
train_cfg = dict(max_epochs=300)
