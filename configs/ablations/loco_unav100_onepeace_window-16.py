# Table VII: the base window W, in steps of a level.
_base_ = "../loco_unav100_onepeace.py"
model = dict(pyramid=dict(attention=dict(window_size=16)))
