# 5 epochs of linear warm-up, 40 of cosine, both per iteration. The cosine ends with the training.
optim_wrapper = dict(
    type="DeferredOptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=1e-4),
    # MMEngine's own makes a group of each parameter.
    constructor="GroupedOptimWrapperConstructor",
    # No decay on norms, biases, and the one-dimensional scales.
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        bias_decay_mult=0.0,
        flat_decay_mult=0.0,
        custom_keys=dict(
            # Weight decay would pull LAC's windows towards fixed ones.
            adapter=dict(decay_mult=0.0),
            # LCF's temperature and width: a step of Adam is about lr, so that during these 45
            # epochs sigma, starting at 1, stays between 0.48 and 2.08 with lr_mult=1. With 10 it
            # grows to its bound, as this reduces the loss (9.6 on an earlier synthetic world).
            log_tau=dict(lr_mult=1.0, decay_mult=0.0),
            sigma_logit=dict(lr_mult=1.0, decay_mult=0.0),
        ),
    ),
    clip_grad=dict(max_norm=1.0, norm_type=2),
)
param_scheduler = [
    dict(
        type="LinearLR",
        start_factor=1e-3,
        by_epoch=True,
        end=5,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        eta_min=0.0,
        by_epoch=True,
        begin=5,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=45, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
# For --auto-scale-lr: the batch size of the learning rate, over all processes.
auto_scale_lr = dict(enable=False, base_batch_size=16)
