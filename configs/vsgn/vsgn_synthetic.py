_base_ = [
    "../_base_/datasets/synthetic.py",
    "../_base_/models/vsgn.py",
    # Without norms between its convolutions, it learns slowly, and needs a small learning rate.
    "../_base_/schedules/adamw_40e.py",
    "../_base_/small_runtime.py",
]
model = dict(
    max_len=128,
    dim=128,
    data_preprocessor=dict(gap=8),
    encoder=dict(visual_dim=64, audio_dim=64),
    pyramid=dict(num_levels=4),
    head=dict(num_classes=25, num_convs=2),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
