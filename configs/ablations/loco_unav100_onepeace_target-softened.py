# Table IV: the target of LCF.
_base_ = "../loco_unav100_onepeace.py"
model = dict(modulator=dict(target="softened"))
