# Fig. 4: heads of the pyramid, each with windows of its own.
_base_ = "../loco_unav100_onepeace.py"
model = dict(pyramid=dict(num_heads=2))
