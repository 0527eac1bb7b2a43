# Table VI: dense attention in the pyramid, GB with LCF.
_base_ = "../loco_unav100_onepeace.py"
model = dict(pyramid=dict(attention=dict(_delete_=True, type="GlobalAttention")))
