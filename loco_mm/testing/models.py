"""Tiny models of any config."""

import copy

import torch
from mmengine.config import ConfigDict
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from torch import nn

from ..errors import InputError
from ..models.layers import DropPath, GaussianNoise
from ..registry import MODELS, build_part


def shrink_model(model: ConfigDict) -> ConfigDict:
    """The config of a tiny model: the same parts, with at most the sizes that ``model.tiny`` says.

    Sizes of parts or keys that the config does not have are left out. None takes a value out, as
    the name of a file.

    Raises:
        InputError: The config says none.
    """
    tiny = copy.deepcopy(model)
    sizes = tiny.pop("tiny", None)
    if not isinstance(sizes, dict):
        raise InputError(f"model.tiny: expected a dict of the tiny model's sizes, got {sizes}")
    _shrink(tiny, sizes)
    return tiny


def _shrink(config: ConfigDict, sizes: dict) -> None:
    for key, size in sizes.items():
        found = config.get(key)
        if isinstance(size, dict) and isinstance(found, dict):
            _shrink(found, size)
        elif isinstance(found, int):
            config[key] = min(found, size)
        elif size is None and key in config:
            config[key] = None


def build_with_active_branches(model: ConfigDict, seed: int = 0) -> BaseModel:
    """Build a model, in evaluation mode, whose every part matters.

    At the values training starts from, branches (LayerScale), window adapters, scores and
    distances are too small to be seen in what a model finds, or to overlap with anything. A part
    of which that is true has a method ``activate_branches``, which changes them in place.

    Args:
        model: Config of the model.
        seed: Seed of its weights.
    """
    torch.manual_seed(seed)
    built = build_part(MODELS, copy.deepcopy(model), "model")
    with torch.no_grad():
        for part in built.modules():
            if start := getattr(part, "activate_branches", None):
                start()
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
        model: The model.
        samples: Packed samples; they stay as they are.
        mode: ``'loss'``, ``'predict'`` or ``'tensor'``.

    Returns:
        What the model returns; without gradients in evaluation mode.
    """
    data = model.data_preprocessor(pseudo_collate(copy.deepcopy(samples)), model.training)
    dtype = next(model.parameters()).dtype
    for name in ("visual", "audio"):
        data["inputs"][name] = data["inputs"][name].to(dtype)
    with torch.set_grad_enabled(model.training):
        return model(**data, mode=mode)
