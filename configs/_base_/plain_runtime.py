# Without EMA of the weights, for methods that are trained without it.
_base_ = "default_runtime.py"
default_hooks = dict(ema=None)
