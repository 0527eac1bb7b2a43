# A recognizer of MMAction2 that predicts which events occur in a video: model, packing and metric
# are the toolbox's; dataset, loading, loss and runner are ours.
_base_ = [
    "mmaction::_base_/models/audioonly_r50.py",
    "../../_base_/datasets/synthetic.py",
    "../../_base_/schedules/adamw_10e.py",
    "../../_base_/small_runtime.py",
]
model = dict(
    backbone=dict(conv1_stride=2, num_stages=2, base_channels=8, strides=(1, 2), dilations=(1, 1)),
    cls_head=dict(
        num_classes=25,
        in_channels=64,
        multi_class=True,
        average_clips="score",
        loss_cls=dict(type="SigmoidFocalLoss", loss_weight=0.1),
    ),
)
pipeline = [
    dict(type="LoadAVFeatures"),
    dict(type="ToRecognitionInputs", num_classes=25, length=32),
    dict(type="PackActionInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=pipeline, max_len=None))
val_dataloader = dict(dataset=dict(pipeline=pipeline))
test_dataloader = dict(dataset=dict(pipeline=pipeline))
val_evaluator = dict(type="AccMetric", metric_list=("mean_average_precision",))
test_evaluator = val_evaluator
