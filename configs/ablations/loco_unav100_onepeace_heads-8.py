# Fig. 4: number of heads in the pyramid, each with its own windows.
_base_ = "../loco_unav100_onepeace.py"
model = dict(pyramid=dict(num_heads=8))
