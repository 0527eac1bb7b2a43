# For small models and worlds.
_base_ = "default_runtime.py"
default_hooks = dict(
    checkpoint=dict(interval=5),
    logger=dict(interval=10),
    # Few iterations: an average over the last 50 rather than 1000.
    ema=dict(momentum=0.02),
)
