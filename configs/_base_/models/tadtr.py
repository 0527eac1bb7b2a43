# TadTR on both modalities, with features concatenated along the channels, queries in place of
# points, and no suppression.
model = dict(
    type="AVLocalizer",  # localizers/av_localizer.py
    max_len=256,
    dim=256,
    data_preprocessor=dict(type="AVDataPreprocessor"),
    # systems/tadtr.py: deformable attention over time, and the decoder of queries
    encoder=dict(
        type="DeformableEncoder",
        visual_dim=1536,
        audio_dim=1536,
        num_layers=4,
        num_heads=8,
        num_points=4,
        mlp_channels=1024,
    ),
    # heads/query_head.py: classes and losses; task_modules/hungarian_assigner.py: matching of
    # queries and events
    head=dict(
        type="QueryHead",
        num_classes=100,
        decoder=dict(
            type="DeformableDecoder",
            num_queries=40,
            num_layers=4,
            num_heads=8,
            num_points=4,
            mlp_channels=1024,
        ),
        actionness=dict(type="ActionnessRegressor"),
        assigner=dict(type="HungarianAssigner"),
        loss_cls=dict(type="SigmoidFocalLoss", alpha=0.25, gamma=2.0, loss_weight=2.0),
        test_cfg=dict(top_k=100),
    ),
    tiny=dict(
        max_len=32,
        dim=32,
        encoder=dict(visual_dim=12, audio_dim=8, num_layers=1, num_heads=2, mlp_channels=24),
        head=dict(
            num_classes=5,
            decoder=dict(num_queries=6, num_layers=2, num_heads=2, mlp_channels=24),
        ),
    ),
)
