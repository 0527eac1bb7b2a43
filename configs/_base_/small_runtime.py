# For small models and datasets.
_base_ = "default_runtime.py"
default_hooks = dict(
    checkpoint=dict(interval=5),
    logger=dict(interval=10),
    # Averages about 50 iterations instead of 1000, as there are few.
    ema=dict(momentum=0.02),
)
