# CMRAN (Xu et al., MM 2020).
model = dict(
    type="AVSegmentClassifier",
    max_len=10,
    dim=256,
    spatial=dict(type="SpatialChannelAttention", hidden_dim=256),
    encoder=dict(
        type="RelationEncoder",
        visual_dim=512,
        audio_dim=128,
        num_heads=4,
        num_layers=2,
        within_channels=2048,
        across_channels=2048,
    ),
    pyramid=dict(type="RelationFusion", num_heads=4),
    head=dict(
        type="RelevanceHead",
        num_classes=28,
        pooling="max",
        supervision="fully",
        # Published with weak supervision: mode="soft_margin", a sigmoid applied to the softmax.
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
    # Maximum sizes in the tiny model for tests.
    tiny=dict(
        dim=16,
        spatial=dict(hidden_dim=16),
        encoder=dict(
            visual_dim=12, audio_dim=8, num_layers=1, within_channels=16, across_channels=16
        ),
        head=dict(num_classes=5),
    ),
)
