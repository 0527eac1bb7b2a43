# Without the running average of the weights, for methods that were trained without.
_base_ = "default_runtime.py"
default_hooks = dict(ema=None)
