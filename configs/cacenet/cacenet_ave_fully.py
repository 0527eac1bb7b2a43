# Published: auxiliary.gates.sigmoid=True.
_base_ = [
    "../_base_/datasets/ave_map.py",
    "../_base_/models/cacenet.py",
    "../_base_/schedules/adam_45e.py",
    "../_base_/plain_runtime.py",
]
train_dataloader = dict(batch_size=64)
auto_scale_lr = dict(base_batch_size=64)
optim_wrapper = dict(optimizer=dict(lr=7e-4), clip_grad=dict(max_norm=0.5))
train_cfg = dict(max_epochs=200)
# The second hook starts the contrastive loss at its epoch.
custom_hooks = [dict(type="SelectionHook"), dict(type="SetEpochHook")]
