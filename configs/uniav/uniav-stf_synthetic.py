# (STF): the model of all three worlds, trained on the first alone.
_base_ = "uniav_synthetic.py"
load_from = "work_dirs/uniav-at_synthetic/epoch_10.pth"
