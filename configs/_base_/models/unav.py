# UnAV: LoCo's encoder with a separate norm for queries, global cross-modal attention at every
# level, and the dependency block in place of the decoder.
_base_ = "loco.py"
model = dict(
    encoder=dict(query_norm=True),
    modulator=None,
    pyramid=dict(attention=dict(_delete_=True, type="GlobalAttention")),
    # systems/unav.py: over time for each class, over classes for each step
    neck=dict(_delete_=True, type="DependencyBlock", channels=128),
    head=dict(loss_reg=dict(mode="diou")),
    tiny=dict(
        _delete_=True,
        max_len=32,
        dim=16,
        encoder=dict(visual_dim=12, audio_dim=8, num_layers=1),
        pyramid=dict(num_levels=4),
        neck=dict(channels=8),
        head=dict(num_classes=5, feat_channels=16),
    ),
)
