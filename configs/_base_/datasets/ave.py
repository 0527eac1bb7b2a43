_base_ = "avel.py"

data_root = "data/ave"
# Cached means of the visual maps: 85 MB instead of 4 to 8 GB.
dataset = dict(type="AVEDataset", data_root=data_root, mean_cache="visual_mean.h5")
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
