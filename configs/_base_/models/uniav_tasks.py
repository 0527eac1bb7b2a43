# UniAV for three tasks: settings of the other two tasks that differ from audio-visual events. Each
# task has its own norms and MLPs in all blocks, and its own last layer of offsets.
_base_ = "uniav.py"
model = dict(
    type="MultiTaskLocalizer",  # localizers/multi_task_localizer.py
    name="events",
    tasks=dict(
        # ActivityNet: visual actions
        actions=dict(
            head=dict(
                num_classes=200,
                class_aware=False,
                classifier=dict(embeddings="data/activitynet/activitynet_prompt.npy"),
                loss_cls=dict(label_smoothing=0.1),
                init_normalizer=400.0,
                test_cfg=dict(nms=dict(sigma=0.75)),
            ),
        ),
        # DESED: sound events of clips of 10 s
        sounds=dict(
            max_len=64,
            head=dict(
                num_classes=10,
                classifier=dict(embeddings="data/desed/desed_prompt.npy"),
                init_normalizer=400.0,
            ),
        ),
    ),
    tiny=dict(
        tasks=dict(
            actions=dict(head=dict(num_classes=6, classifier=dict(embeddings=None))),
            sounds=dict(max_len=16, head=dict(num_classes=5, classifier=dict(embeddings=None))),
        ),
    ),
)
