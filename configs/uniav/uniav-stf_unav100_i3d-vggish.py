# (STF): the model of all three tasks, fine-tuned on audio-visual events.
_base_ = "uniav_unav100_i3d-vggish.py"
load_from = "work_dirs/uniav-at_unav100_i3d-vggish/epoch_7.pth"
