# LoCo with the head of TriDet: distances as expectations over bins, and its recipe for targets.
_base_ = "../loco_synthetic.py"
model = dict(
    head=dict(
        class_aware=False,
        regressor=dict(type="TridentRegressor", feat_channels=64, num_bins=16),
        assigner=dict(center_radius=1.5, winner="point_classes"),
        loss_reg=dict(mode="diou"),
        iou_power=0.2,
        init_normalizer=100.0,
    ),
    tiny=dict(head=dict(regressor=dict(feat_channels=16, num_bins=4))),
)
