# (STF): the model of all three tasks, fine-tuned on audio-visual events.
_base_ = "uniav_unav100_onepeace.py"
load_from = "work_dirs/uniav-at_unav100_onepeace/epoch_7.pth"
