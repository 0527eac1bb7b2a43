# W-A+V-att: the score of a video is the maximum over its segments. Noisy videos are background.
_base_ = "avel_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(head=dict(supervision="weakly", pooling="max"))
train_cfg = dict(max_epochs=250)
