# For small models and datasets: 1 epoch of linear warm-up, 9 of cosine, both per iteration.
_base_ = "adamw_45e.py"

optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0]["end"] = param_scheduler[1]["begin"] = 1
train_cfg = dict(max_epochs=10, val_interval=5)
