# W-A+V-att: the maximum of the segments' scores is the video's. Noisy videos are background.
_base_ = "avel_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(head=dict(supervision="weakly", pooling="max"))
train_cfg = dict(max_epochs=250)
