_base_ = "audio_visual.py"

data_root = "data/unav100"
dataset = dict(type="UnAV100Dataset", data_root=data_root, features=dict(kind="i3d-vggish"))
train_dataloader = dict(dataset=dict(**dataset, max_len=224))
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
