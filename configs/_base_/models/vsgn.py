# VSGN on both modalities, with features concatenated along the channels, a pyramid of graphs of
# similar steps, and anchors whose segments are corrected by a second stage.
model = dict(
    type="AVLocalizer",  # localizers/av_localizer.py
    max_len=256,
    dim=256,
    # systems/vsgn.py: appends a magnified copy to short videos
    data_preprocessor=dict(type="SelfStitchPreprocessor", gap=30, short_share=0.4),
    # systems/vsgn.py: the encoder has stride 2, the pyramid starts with 4
    encoder=dict(type="StridedEncoder", visual_dim=1536, audio_dim=1536),
    pyramid=dict(type="GraphPyramid", num_levels=5, num_neighbours=8),
    neck=dict(type="PyramidDecoder"),
    # heads/anchor_head.py
    head=dict(
        type="AnchorHead",
        num_classes=100,
        num_convs=4,
        anchors=dict(type="AnchorGenerator", scales=(1.0, 1.5)),
        assigner=dict(type="MaxOverlapAssigner", min_overlap=0.5),
        refiner=dict(type="BoundaryRefiner"),
        refiner_assigner=dict(type="MaxOverlapAssigner", min_overlap=0.7),
        boundary=dict(type="BoundaryScorer"),
        test_cfg=dict(
            score_thr=0.005,
            nms=dict(
                type="SuppressionSteps",
                steps=[
                    dict(
                        type="SegmentSoftNMS",
                        method="hard",
                        iou_threshold=0.4,
                        min_score=1e-6,
                        max_num=2000,
                    ),
                    dict(
                        type="SegmentSoftNMS",
                        sigma=0.46,
                        min_score=1e-6,
                        max_num=200,
                        across_classes=True,
                    ),
                ],
            ),
        ),
    ),
    tiny=dict(
        max_len=48,
        dim=32,
        data_preprocessor=dict(gap=2),
        encoder=dict(visual_dim=12, audio_dim=8),
        pyramid=dict(num_levels=3, num_neighbours=4),
        head=dict(num_classes=5, num_convs=1),
    ),
)
