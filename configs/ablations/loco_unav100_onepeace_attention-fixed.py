# Table VI: fixed windows.
_base_ = "../loco_unav100_onepeace.py"
model = dict(pyramid=dict(attention=dict(adaptive=False)))
