# For UniAV with three tasks: 2 epochs of linear warm-up, 5 of cosine, both per iteration.
_base_ = "adamw_45e.py"

optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0]["end"] = param_scheduler[1]["begin"] = 2
param_scheduler[1]["eta_min"] = 1e-8
train_cfg = dict(max_epochs=7)
