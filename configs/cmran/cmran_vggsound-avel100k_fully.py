_base_ = [
    "../_base_/datasets/vggsound-avel100k_map.py",
    "../_base_/models/cmran.py",
    "../_base_/schedules/adam_45e.py",
    "../_base_/plain_runtime.py",
]
model = dict(head=dict(num_classes=141))
train_dataloader = dict(batch_size=64)
auto_scale_lr = dict(base_batch_size=64)
optim_wrapper = dict(clip_grad=dict(max_norm=0.1))
