_base_ = [
    "../_base_/datasets/synthetic.py",
    "../_base_/models/tadtr.py",
    # Queries learn slowly.
    "../_base_/schedules/adamw_40e.py",
    "../_base_/small_runtime.py",
]
model = dict(
    max_len=128,
    dim=64,
    encoder=dict(visual_dim=64, audio_dim=64, num_layers=2, num_heads=4, mlp_channels=128),
    head=dict(
        num_classes=25,
        decoder=dict(num_queries=20, num_layers=4, num_heads=4, mlp_channels=128),
    ),
)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys=dict(sampling_offsets=dict(lr_mult=0.1), reference_points=dict(lr_mult=0.1))
    ),
    clip_grad=dict(max_norm=0.1),
)
