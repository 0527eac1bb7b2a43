# Table VI: windows that do not adapt.
_base_ = "../loco_unav100_onepeace.py"
model = dict(pyramid=dict(attention=dict(adaptive=False)))
