# Tables III and V: the base and LCF.
_base_ = "../loco_unav100_i3d-vggish.py"
model = dict(
    pyramid=dict(num_levels=1, attention=dict(_delete_=True, type="GlobalAttention")),
)
