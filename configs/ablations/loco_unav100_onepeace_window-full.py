# Table VII: no window. It is dense attention, and has the figures of Table VI.
_base_ = "loco_unav100_onepeace_attention-global.py"
