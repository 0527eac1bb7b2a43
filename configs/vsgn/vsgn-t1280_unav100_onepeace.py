# With this length every video of UnAV-100 is short, and is appended at least four times as long.
_base_ = "vsgn_unav100_onepeace.py"
model = dict(max_len=1280, pyramid=dict(num_neighbours=12))
train_dataloader = dict(dataset=dict(max_len=1280))
