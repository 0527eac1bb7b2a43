# Adam, with the learning rate halved after a few epochs: CPSP's schedule for full supervision, of
# which the other systems for segment labels use variants.
optim_wrapper = dict(type="DeferredOptimWrapper", optimizer=dict(type="Adam", lr=1e-3))
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[10, 20, 30], gamma=0.5)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=45, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
# For --auto-scale-lr: the batch size of the learning rate, over all processes.
auto_scale_lr = dict(enable=False, base_batch_size=16)
