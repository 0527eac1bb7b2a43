# PSP (Zhou et al., CVPR 2021), fully supervised.
model = dict(
    type="AVSegmentClassifier",
    max_len=10,
    dim=256,
    spatial=dict(type="AudioGuidedAttention", hidden_dim=512, audio_hidden_dim=256),
    encoder=dict(
        type="RecurrentEncoder",
        visual_dim=512,
        audio_dim=128,
        visual_widths=[256, 128],
        interaction=dict(type="PositiveSamplePropagation", threshold=0.99),
    ),
    pyramid=dict(type="StreamFusion", mode="mean"),
    head=dict(
        type="SegmentSoftmaxHead",
        num_classes=28,
        hidden_channels=64,
        bias=False,
        supervision="fully",
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
    auxiliary=dict(pairs=dict(type="PairSimilarityLoss", loss_weight=100.0)),
    # Maximum sizes in the tiny model for tests.
    tiny=dict(
        dim=16,
        spatial=dict(hidden_dim=16),
        encoder=dict(visual_dim=12, audio_dim=8),
        head=dict(num_classes=5, hidden_channels=16),
    ),
)
