# Training uses the class of each video. All videos have an event, so that an output for background
# would never be trained to be 1. Settings were chosen on the validation split of AVE without its
# noisy videos, with simulated features (docs/method.md).
_base_ = "loco_vggsound-avel100k_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(
    head=dict(
        supervision="weakly",
        background="threshold",
        test_cfg=dict(one_event=True, score_thr=0.1),
    )
)
