# Tables III and V: the base and the LAC pyramid.
_base_ = "../loco_unav100_onepeace.py"
model = dict(modulator=None)
