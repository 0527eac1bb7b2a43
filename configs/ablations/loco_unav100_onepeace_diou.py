# The regression loss that UnAV's, UniAV's and CCNet's code runs, under the comment "giou".
_base_ = "../loco_unav100_onepeace.py"
model = dict(head=dict(loss_reg=dict(mode="diou")))
