# The world `short`: `python tools/data/make_synthetic.py --out data/synthetic` writes the same.
_base_ = "audio_visual.py"

data_root = "data/synthetic"
features = dict(kind="onepeace", visual=dict(dim=64), audio=dict(dim=64))
dataset = dict(type="SyntheticAVDataset", data_root=data_root, features=features)
# Samples are small, so that worker processes would be slower.
in_process = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(**in_process, dataset=dict(**dataset, max_len=128))
val_dataloader = dict(**in_process, dataset=dataset)
test_dataloader = dict(**in_process, dataset=dataset)
