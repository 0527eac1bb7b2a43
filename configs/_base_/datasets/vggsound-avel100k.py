_base_ = "avel.py"

data_root = "data/vggsound-avel100k"
dataset = dict(type="VGGSoundAVELDataset", data_root=data_root)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
