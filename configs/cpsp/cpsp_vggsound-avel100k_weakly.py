# Published: loss_cls=dict(mode="soft_margin", batch_labels=True), labels broadcast over the batch.
_base_ = "cpsp_vggsound-avel100k_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(
    encoder=dict(interaction=dict(threshold=0.95)),
    head=dict(supervision="weakly"),
    auxiliary=dict(
        _delete_=True,
        videos=dict(type="VideoContrastiveLoss", margin=0.6, num_negatives=4),
    ),
)
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[5, 20, 40], gamma=0.5)]
