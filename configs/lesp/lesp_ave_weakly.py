# Noisy videos have no event. Published: video_label="proportion" of dataset and head, so that
# training uses the duration of each event; and head.no_event="class0": noisy videos have class 0.
_base_ = "lesp_ave_fully.py"
train_dataloader = dict(dataset=dict(supervision="weakly", video_label="class"))
model = dict(
    memory=dict(bank_size=20),
    head=dict(supervision="weakly", video_label="class", no_event="skip", margin=0.9),
)
