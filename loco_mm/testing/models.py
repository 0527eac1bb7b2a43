"""Tiny models of any config."""

import copy

import torch
from mmengine.config import ConfigDict
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from torch import nn

from ..models.layers import DropPath, GaussianNoise
from ..registry import MODELS

# By name of the key, the most that a tiny model's config has, wherever the key stands.
CAPS = dict(
    max_len=32,
    dim=16,
    visual_dim=12,
    audio_dim=8,
    num_layers=1,
    embed_dim=8,
    num_levels=4,
    num_classes=5,
    feat_channels=16,
    hidden_dim=16,
    hidden_channels=16,
    within_channels=16,
    across_channels=16,
    mlp_channels=16,
    bank_size=4,
    # What starts with an epoch has started.
    start_epoch=0,
)


def shrink_model(model: ConfigDict) -> ConfigDict:
    """The config of a tiny model: the same parts, with at most :data:`CAPS` of each size."""
    tiny = copy.deepcopy(model)
    for key, value in tiny.items():
        if isinstance(value, dict):
            tiny[key] = shrink_model(value)
        elif key in CAPS and isinstance(value, int):
            tiny[key] = min(value, CAPS[key])
    return tiny


def build_alive(model: ConfigDict, seed: int = 0) -> BaseModel:
    """Build a model, in evaluation mode, whose every part matters.

    At the values training starts from, branches (LayerScale), window adapters, scores and
    distances are too small to be seen in what a model finds, or to overlap with anything.

    Args:
        model (ConfigDict): Config of the model.
        seed (int): Seed of its weights.
    """
    torch.manual_seed(seed)
    built = MODELS.build(copy.deepcopy(model))
    for name, parameter in built.named_parameters():
        if "scale.scale" in name:
            nn.init.normal_(parameter, mean=0.5, std=0.2)
        elif "adapter" in name:
            nn.init.normal_(parameter, std=0.3)
        elif name.endswith("cls_tower.output.bias"):
            nn.init.zeros_(parameter)
        elif name.endswith("reg_tower.output.bias"):
            nn.init.ones_(parameter)
    return built.eval()


def train_whole(model: BaseModel) -> BaseModel:
    """Set a model to training, but for what is drawn: nothing is dropped, and no noise added.

    Torch draws otherwise from version to version, even with one seed.
    """
    model.train()
    for part in model.modules():
        if isinstance(part, (DropPath, GaussianNoise, nn.Dropout, nn.MultiheadAttention)):
            part.eval()
    return model


def run(model: BaseModel, samples: list[dict], mode: str = "tensor"):
    """Preprocess a batch in the model's own dtype, and run the model on it.

    Args:
        model (BaseModel): The model.
        samples (list[dict]): Packed samples; they stay as they are.
        mode (str): ``'loss'``, ``'predict'`` or ``'tensor'``.

    Returns:
        What the model returns; without gradients in evaluation mode.
    """
    data = model.data_preprocessor(pseudo_collate(copy.deepcopy(samples)), model.training)
    dtype = next(model.parameters()).dtype
    for name in ("visual", "audio"):
        data["inputs"][name] = data["inputs"][name].to(dtype)
    with torch.set_grad_enabled(model.training):
        return model(**data, mode=mode)
