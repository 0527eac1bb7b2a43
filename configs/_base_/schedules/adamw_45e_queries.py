# For query-based detectors: learning rates and gradient clipping of TadTR, with the usual epochs.
_base_ = "adamw_45e.py"
optim_wrapper = dict(
    optimizer=dict(lr=2e-4),
    paramwise_cfg=dict(
        custom_keys=dict(
            # Sampling positions of the queries.
            sampling_offsets=dict(lr_mult=0.1),
            reference_points=dict(lr_mult=0.1),
        )
    ),
    clip_grad=dict(max_norm=0.1),
)
