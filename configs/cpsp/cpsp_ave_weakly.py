# Without noisy videos, as in the authors' code. Published: loss_cls.mode="soft_margin".
_base_ = "cpsp_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly", noisy=False))
model = dict(
    encoder=dict(interaction=dict(threshold=0.95)),
    head=dict(supervision="weakly"),
    auxiliary=dict(
        _delete_=True,
        videos=dict(type="VideoContrastiveLoss", margin=0.6, num_negatives=4),
    ),
)
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[5, 20, 40], gamma=0.5)]
