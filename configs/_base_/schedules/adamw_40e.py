# For small models and a few hundred videos: 2 epochs of linear warm-up, 38 of cosine, both per
# iteration.
_base_ = "adamw_45e.py"

optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0]["end"] = param_scheduler[1]["begin"] = 2
train_cfg = dict(max_epochs=40, val_interval=10)
