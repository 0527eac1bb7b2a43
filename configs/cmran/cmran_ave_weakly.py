# Noisy videos are background, which is thus a class of videos as well.
# Published: loss_cls.mode="soft_margin".
_base_ = "cmran_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(
    pyramid=dict(num_heads=2),
    head=dict(supervision="weakly", background=True),
)
optim_wrapper = dict(clip_grad=dict(max_norm=0.5))
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[5, 20, 40], gamma=0.5)]
