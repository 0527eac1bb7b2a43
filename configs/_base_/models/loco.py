# Each part names its file below loco_mm/models.
model = dict(
    type="AVLocalizer",  # localizers/av_localizer.py: the wiring
    max_len=256,
    data_preprocessor=dict(type="AVDataPreprocessor"),
    # encoders/unimodal_encoder.py: embedding, position encoding, self-attention
    encoder=dict(type="UnimodalEncoder", visual_dim=1536, audio_dim=1536, dim=512, num_layers=2),
    # modulators/lcf.py: local correspondence, the paper's Eq. 3-6. The loss is a mean over segments
    # (Eq. 3 sums): alpha = loss_weight = 0.1 starts it at 1.1, beside 0.8 and 0.7 of the others.
    modulator=dict(type="LCFModulation", dim=512, embed_dim=256, loss_weight=0.1),
    # pyramids/lac_pyramid.py: cross-modal levels; layers/attention.py: adaptive windows
    pyramid=dict(
        type="LACPyramid", num_levels=6, dim=512, num_heads=4, attention="adaptive", window_size=8
    ),
    # necks/fusion_decoder.py
    neck=dict(type="FusionDecoder", dim=1024, num_layers=3),
    # heads/point_head.py: scores, distances, losses; heads/decoding.py: from them to events
    head=dict(
        type="PointHead",
        num_classes=100,
        in_channels=1024,
        feat_channels=512,
        point_generator=dict(
            type="PyramidPointGenerator",
            regression_ranges=[(0, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, None)],
        ),
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
)
