# Training knows the class of each video. No video is without an event.
_base_ = "loco_vggsound-avel100k_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(head=dict(supervision="weakly"))
