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
        # Published: mode="soft_margin", a sigmoid over the softmax.
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
)
