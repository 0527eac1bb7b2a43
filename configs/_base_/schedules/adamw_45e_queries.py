# For query detectors: the rates and the clipping of TadTR, over the epochs of the others.
_base_ = "adamw_45e.py"
optim_wrapper = dict(
    optimizer=dict(lr=2e-4),
    paramwise_cfg=dict(
        custom_keys=dict(
            # Where queries look.
            sampling_offsets=dict(lr_mult=0.1),
            reference_points=dict(lr_mult=0.1),
        )
    ),
    clip_grad=dict(max_norm=0.1),
)
