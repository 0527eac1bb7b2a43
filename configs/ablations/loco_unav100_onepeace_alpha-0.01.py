# Fig. 5: the weight of LCF.
_base_ = "../loco_unav100_onepeace.py"
model = dict(modulator=dict(loss_weight=0.01))
