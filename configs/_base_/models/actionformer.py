# ActionFormer on both modalities, with features concatenated along the channels.
_base_ = "loco.py"
model = dict(
    # encoders/joint_encoder.py: embedding and stem
    encoder=dict(
        _delete_=True,
        type="JointEncoder",
        visual_dim=1536,
        audio_dim=1536,
        num_layers=2,
        attention=dict(type="WindowAttention", adaptive=False, window_size=9),
    ),
    modulator=None,
    # pyramids/joint_pyramid.py: level 0 is the encoder's stream
    pyramid=dict(
        _delete_=True,
        type="JointPyramid",
        num_levels=6,
        attention=dict(type="WindowAttention", adaptive=False, window_size=9),
    ),
    # necks/level_norm.py; dict(type="TemporalFPN") is the published alternative
    neck=dict(_delete_=True, type="LevelNorm"),
    head=dict(
        class_aware=False,
        assigner=dict(center_radius=1.5, winner="point"),
        loss_reg=dict(mode="diou"),
    ),
)
