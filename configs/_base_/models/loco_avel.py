# LoCo for labels by the segment. The paper says: three levels, the classification head alone,
# VGG-19 and VGGish features, both kinds of supervision. The rest is as for events (loco.py), or, in
# the head, this package's choice (heads/avel_head.py).
model = dict(
    type="AVSegmentClassifier",  # localizers/av_segment_classifier.py: the wiring
    max_len=12,  # ten segments, and two of padding: a multiple of the last stride
    dim=512,
    data_preprocessor=dict(type="AVDataPreprocessor"),
    encoder=dict(type="UnimodalEncoder", visual_dim=512, audio_dim=128, num_layers=2),
    modulator=dict(type="LCFModulation", embed_dim=256, loss_weight=0.1),
    pyramid=dict(
        type="LACPyramid",
        num_levels=3,
        num_heads=4,
        attention=dict(type="WindowAttention", adaptive=True, window_size=8),
    ),
    neck=dict(type="FusionDecoder", num_layers=3),
    head=dict(
        type="AVELHead",
        num_classes=28,
        feat_channels=512,
        supervision="fully",
        loss_cls=dict(type="SigmoidFocalLoss", alpha=0.25, gamma=2.0),
    ),
)
