# TriDet on both modalities: the structure of ActionFormer with blocks without attention, and
# distances from bins.
_base_ = "actionformer.py"
model = dict(
    # systems/tridet.py; the blocks of the stem are not downsampling
    encoder=dict(
        attention=None,
        block=dict(type="SGPBlock", window=1, ratio=5.0, mlp_channels=768, scaled=False),
        noise=5e-4,
    ),
    pyramid=dict(
        attention=None,
        block=dict(type="SGPBlock", window=1, ratio=5.0, mlp_channels=768),
    ),
    head=dict(
        # systems/tridet.py: offsets of classes
        regressor=dict(type="TridentRegressor", feat_channels=512, num_bins=16),
        assigner=dict(winner="point_classes"),
        iou_power=0.2,
        init_normalizer=100.0,
    ),
    tiny=dict(
        _delete_=True,
        max_len=32,
        dim=16,
        encoder=dict(visual_dim=12, audio_dim=8, num_layers=1, block=dict(mlp_channels=24)),
        pyramid=dict(num_levels=4, block=dict(mlp_channels=24)),
        head=dict(num_classes=5, feat_channels=16, regressor=dict(feat_channels=16, num_bins=4)),
    ),
)
