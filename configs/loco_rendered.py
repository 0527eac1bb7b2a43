_base_ = [
    "_base_/datasets/rendered.py",
    "_base_/models/loco.py",
    "_base_/schedules/adamw_40e.py",
    "_base_/small_runtime.py",
]
model = dict(
    max_len=96,
    dim=64,
    encoder=dict(visual_dim=322, audio_dim=130, num_layers=1),
    modulator=dict(embed_dim=32),
    pyramid=dict(num_levels=5),
    neck=dict(num_layers=1),
    head=dict(num_classes=6, feat_channels=64),
)
default_hooks = dict(checkpoint=dict(interval=10))
