# A+V-att of AVEL (Tian et al., ECCV 2018).
model = dict(
    type="AVSegmentClassifier",
    max_len=10,
    dim=256,
    spatial=dict(type="AudioGuidedAttention", hidden_dim=512),
    encoder=dict(type="RecurrentEncoder", visual_dim=512, audio_dim=128),
    pyramid=dict(type="StreamFusion", mode="cat", activate=True),
    head=dict(
        type="SegmentSoftmaxHead",
        num_classes=28,
        hidden_channels=64,
        supervision="fully",
        # Published: mode="soft_margin", a sigmoid applied to the softmax.
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
    # Maximum sizes in the tiny model for tests.
    tiny=dict(
        dim=16,
        spatial=dict(hidden_dim=16),
        encoder=dict(visual_dim=12, audio_dim=8),
        head=dict(num_classes=5, hidden_channels=16),
    ),
)
