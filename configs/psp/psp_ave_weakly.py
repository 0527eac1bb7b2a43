# Published: video_label="proportion" of dataset and head: training uses the duration of each event.
_base_ = "psp_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly", video_label="class"))
model = dict(
    spatial=dict(audio_hidden_dim=None),
    encoder=dict(
        visual_widths=[128],
        visual_bias=True,
        interaction=dict(threshold=0.95, renormalize=False, project=False),
    ),
    head=dict(
        supervision="weakly",
        video_label="class",
        pooling="mean",
        weigh=True,
        loss_cls=dict(mode="binary"),
    ),
    auxiliary=None,
)
param_scheduler = [dict(type="MultiStepLR", by_epoch=True, milestones=[80, 160], gamma=0.8)]
