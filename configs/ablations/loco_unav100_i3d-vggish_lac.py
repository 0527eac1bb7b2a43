# Tables III and V: the base and the LAC pyramid.
_base_ = "../loco_unav100_i3d-vggish.py"
model = dict(modulator=None)
