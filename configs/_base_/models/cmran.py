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
        # Published with weak supervision: mode="soft_margin", a sigmoid over the softmax.
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
)
