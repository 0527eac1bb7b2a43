# Comments name the file of each component, relative to loco_mm/models. Values that components share
# are set once: length and width here; strides, channels and regression ranges are derived from them
# and the number of levels.
model = dict(
    type="AVLocalizer",  # localizers/av_localizer.py
    max_len=256,
    dim=512,
    data_preprocessor=dict(type="AVDataPreprocessor"),
    # encoders/unimodal_encoder.py: embedding, position encoding, self-attention
    encoder=dict(type="UnimodalEncoder", visual_dim=1536, audio_dim=1536, num_layers=2),
    # modulators/lcf.py: local correspondence, Eq. 3-6. The loss is a mean over segments (Eq. 3 is a
    # sum): with alpha = loss_weight = 0.1 it starts at 1.1, compared to 0.8 and 0.7 of the others.
    modulator=dict(type="LCFModulation", embed_dim=256, loss_weight=0.1),
    # pyramids/lac_pyramid.py: cross-modal levels; layers/window_attention.py: adaptive windows
    pyramid=dict(
        type="LACPyramid",
        num_levels=6,
        num_heads=4,
        attention=dict(type="WindowAttention", adaptive=True, window_size=8),
    ),
    # necks/fusion_decoder.py
    neck=dict(type="FusionDecoder", num_layers=3),
    # heads/point_head.py: scores, distances, losses; heads/decoding.py: decodes events
    head=dict(
        type="PointHead",
        num_classes=100,
        feat_channels=512,
        point_generator=dict(type="PyramidPointGenerator"),
        # task_modules/point_assigner.py: targets; losses/: focal and IoU
        assigner=dict(type="PointAssigner"),
        loss_cls=dict(type="SigmoidFocalLoss", alpha=0.25, gamma=2.0),
        loss_reg=dict(type="SegmentIoULoss", mode="giou"),
        test_cfg=dict(
            score_thr=0.001,
            pre_nms_top_k=2000,
            min_length=0.05,
            nms=dict(type="SegmentSoftNMS", sigma=0.4, min_score=0.001, max_num=100),
        ),
    ),
    # Maximum sizes in the tiny model for tests.
    tiny=dict(
        max_len=32,
        dim=16,
        encoder=dict(visual_dim=12, audio_dim=8, num_layers=1),
        modulator=dict(embed_dim=8),
        pyramid=dict(num_levels=4),
        neck=dict(num_layers=1),
        head=dict(num_classes=5, feat_channels=16),
    ),
)
