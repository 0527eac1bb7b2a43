# VGGSound-AVEL100k with the cells of the visual maps, for models with spatial attention.
_base_ = "vggsound-avel100k.py"

dataset = dict(features="map")
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
