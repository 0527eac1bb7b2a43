# AVE with the cells of the visual maps, which a model's spatial part attends to.
_base_ = "ave.py"

dataset = dict(features="map", mean_cache=None)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
