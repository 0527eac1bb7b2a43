# All videos have an event, so that background is not a class of videos. Published:
# loss_cls=dict(mode="soft_margin", batch_labels=True), labels broadcast over the batch.
_base_ = "cmran_vggsound-avel100k_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(pyramid=dict(num_heads=2), head=dict(supervision="weakly"))
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[5, 20, 40], gamma=0.5)]
