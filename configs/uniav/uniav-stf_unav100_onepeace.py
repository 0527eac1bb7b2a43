# (STF): the model of all three tasks, trained on audio-visual events alone.
_base_ = "uniav_unav100_onepeace.py"
load_from = "work_dirs/uniav-at_unav100_onepeace/epoch_7.pth"
