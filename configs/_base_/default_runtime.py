default_scope = "mmaction"
custom_imports = dict(imports=["loco_mm"])
runner_type = "CheckedRunner"

default_hooks = dict(
    runtime_info=dict(type="DeferredInfoHook"),
    timer=dict(type="IterTimerHook"),
    logger=dict(type="MainProcessLoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    # Validation uses the EMA weights, which also determine the best checkpoint.
    checkpoint=dict(
        type="AtomicCheckpointHook",
        interval=1,
        max_keep_ckpts=3,
        save_best="auto",  # by the first metric, the average mAP
        rule="greater",
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    randomness=dict(type="ResumableRandomnessHook"),
    checkpoint_guard=dict(type="CheckpointGuardHook"),
    finite_loss=dict(type="FiniteLossHook"),
    num_classes=dict(type="NumClassCheckHook"),
    ema=dict(type="EMAHook", ema_type="ForeachMovingAverage", momentum=0.001),
)

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
randomness = dict(seed=0)
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True)
log_level = "INFO"
visualizer = dict(
    type="Visualizer",
    vis_backends=[dict(type="LocalVisBackend"), dict(type="GroupedTensorboardBackend")],
)
load_from = None
resume = False
