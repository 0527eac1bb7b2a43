# Tables III and V: neither LCF nor a pyramid; level 1's cross-modal blocks are global.
_base_ = "../loco_unav100_i3d-vggish.py"
model = dict(
    modulator=None,
    pyramid=dict(num_levels=1, attention=dict(_delete_=True, type="GlobalAttention")),
)
