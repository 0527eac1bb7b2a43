# Table VIII: the base and a pyramid of dense attention (GB), without LCF.
_base_ = "../loco_unav100_onepeace.py"
model = dict(modulator=None, pyramid=dict(attention=dict(_delete_=True, type="GlobalAttention")))
