_base_ = [
    "../_base_/datasets/ave_map.py",
    "../_base_/models/cmran.py",
    "../_base_/schedules/adam_45e.py",
    "../_base_/plain_runtime.py",
]
train_dataloader = dict(batch_size=32)
auto_scale_lr = dict(base_batch_size=32)
optim_wrapper = dict(optimizer=dict(lr=5e-4), clip_grad=dict(max_norm=0.1))
train_cfg = dict(max_epochs=200)
