# UnAV: LoCo's encoder with queries that have a norm of their own, global cross-modal attention at
# every level, and the dependency block in place of the decoder.
_base_ = "loco.py"
model = dict(
    encoder=dict(query_norm=True),
    modulator=None,
    pyramid=dict(attention=dict(_delete_=True, type="GlobalAttention")),
    # systems/unav.py: over time for each class, over classes for each step
    neck=dict(_delete_=True, type="DependencyBlock", channels=128),
    head=dict(loss_reg=dict(mode="diou")),
    tiny=dict(neck=dict(channels=8)),
)
