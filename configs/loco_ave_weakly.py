# Training uses the class of each video, and 178 noisy videos without an event. One class per video
# was chosen on validation (docs/method.md).
_base_ = "loco_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly"))
model = dict(head=dict(supervision="weakly", test_cfg=dict(one_event=True)))
