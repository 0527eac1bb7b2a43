# (STF): the model of all three worlds, fine-tuned on the first one.
_base_ = "uniav_synthetic.py"
load_from = "work_dirs/uniav-at_synthetic/epoch_10.pth"
