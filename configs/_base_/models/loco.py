model = dict(
    type="AVLocalizer",
    max_len=256,
    data_preprocessor=dict(type="AVDataPreprocessor"),
    encoder=dict(type="UnimodalEncoder", visual_dim=1536, audio_dim=1536, dim=512, num_layers=2),
    modulator=dict(type="LCFModulation", dim=512, embed_dim=256, loss_weight=0.1),
    pyramid=dict(
        type="LACPyramid", num_levels=6, dim=512, num_heads=4, attention="adaptive", window_size=8
    ),
    neck=dict(type="FusionDecoder", dim=1024, num_layers=3),
    head=dict(
        type="PointHead",
        num_classes=100,
        in_channels=1024,
        feat_channels=512,
        point_generator=dict(
            type="PyramidPointGenerator",
            regression_ranges=[(0, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, None)],
        ),
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
