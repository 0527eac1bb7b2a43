# Table VII: no window, which is dense attention with the results of Table VI.
_base_ = "loco_unav100_onepeace_attention-global.py"
