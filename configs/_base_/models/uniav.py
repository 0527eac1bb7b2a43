# UniAV for one task: UnAV without the dependency block, and a classifier with class names.
_base_ = "loco.py"
model = dict(
    encoder=dict(query_norm=True),
    modulator=None,
    pyramid=dict(attention=dict(_delete_=True, type="GlobalAttention")),
    neck=None,
    head=dict(
        # heads/classifiers.py; tools/data/embed_classes.py writes the file
        classifier=dict(
            type="LanguageClassifier",
            embeddings="data/unav100/unav100_prompt.npy",
            text_dim=1536,
            feat_channels=512,
        ),
        loss_reg=dict(mode="diou"),
        init_normalizer=300.0,
    ),
    tiny=dict(
        _delete_=True,
        max_len=32,
        dim=16,
        encoder=dict(visual_dim=12, audio_dim=8, num_layers=1),
        pyramid=dict(num_levels=4),
        head=dict(
            num_classes=5,
            feat_channels=16,
            classifier=dict(embeddings=None, text_dim=24, feat_channels=16),
        ),
    ),
)
