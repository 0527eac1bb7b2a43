# LoCo for segment labels. The paper says: three levels, only the classification head, VGG-19 and
# VGGish features, both kinds of supervision. The rest is as for events (loco.py) or, in the head, a
# choice of this package.
_base_ = "loco.py"
model = dict(
    type="AVSegmentClassifier",  # localizers/av_segment_classifier.py
    max_len=12,  # ten segments and two padded ones, a multiple of the last stride
    encoder=dict(visual_dim=512, audio_dim=128),
    pyramid=dict(num_levels=3),
    # heads/avel_head.py: scores, losses, labels
    head=dict(
        _delete_=True,
        type="AVELHead",
        num_classes=28,
        feat_channels=512,
        supervision="fully",
        loss_cls=dict(type="SigmoidFocalLoss", alpha=0.25, gamma=2.0),
    ),
)
