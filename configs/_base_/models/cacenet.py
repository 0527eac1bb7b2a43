# CACE-Net (He et al., MM 2024).
model = dict(
    type="AVSegmentClassifier",
    max_len=10,
    dim=256,
    spatial=dict(type="CoGuidedAttention", visual_weight=0.4, audio_weight=0.3),
    encoder=dict(
        type="RelationEncoder",
        visual_dim=512,
        audio_dim=128,
        num_heads=4,
        num_layers=2,
        within_channels=1024,
        across_channels=512,
        recurrent=True,
        gate_weight=0.1,
    ),
    pyramid=dict(type="RelationFusion", num_heads=4, attention_dropout=0.2, twice=True),
    head=dict(
        type="CACEHead",
        num_classes=28,
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
        start_epoch=25,
    ),
    # Published: sigmoid=True, applied to a product that is already in [0, 1].
    auxiliary=dict(gates=dict(type="GateLoss", sigmoid=False)),
    # Maximum sizes in the tiny model for tests, in which the contrastive loss has started.
    tiny=dict(
        dim=16,
        encoder=dict(
            visual_dim=12, audio_dim=8, num_layers=1, within_channels=16, across_channels=16
        ),
        head=dict(num_classes=5, start_epoch=0),
    ),
)
