# 5 epochs of linear warm-up, 55 of cosine, both per iteration.
_base_ = "adamw_45e.py"

train_cfg = dict(max_epochs=60)
