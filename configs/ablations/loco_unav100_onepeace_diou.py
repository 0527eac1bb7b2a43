# The regression loss in the code of UnAV, UniAV and CCNet, under the comment "giou".
_base_ = "../loco_unav100_onepeace.py"
model = dict(head=dict(loss_reg=dict(mode="diou")))
