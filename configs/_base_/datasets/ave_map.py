# AVE with the cells of the visual maps, for models with spatial attention.
_base_ = "ave.py"

dataset = dict(features="map", mean_cache=None)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
