"""Tiny models from any config."""

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
    """Config of a tiny model: the same parts, with at most the sizes in ``model.tiny``.

    Sizes of parts or keys that the config does not have are ignored. None removes a value, such as
    the name of a file.

    Raises:
        InputError: The config has no ``model.tiny``.
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
    """Build a model in evaluation mode in which every part has an effect.

    With initial weights, branches (LayerScale), window adapters, scores and distances are too small
    to affect predictions, or to overlap with events. Parts for which this is the case have a method
    ``activate_branches``, which changes them in place.

    Args:
        model: Config of the model.
        seed: Random seed of its weights.
    """
    torch.manual_seed(seed)
    built = build_part(MODELS, copy.deepcopy(model), "model")
    with torch.no_grad():
        for part in built.modules():
            if start := getattr(part, "activate_branches", None):
                start()
    return built.eval()


def train_without_randomness(model: BaseModel) -> BaseModel:
    """Set a model to training mode without randomness: no dropout and no noise.

    With the same seed, torch versions draw different numbers.
    """
    model.train()
    for part in model.modules():
        if isinstance(part, (DropPath, GaussianNoise, nn.Dropout, nn.MultiheadAttention)):
            part.eval()
    return model


def run(model: BaseModel, samples: list[dict], mode: str = "tensor"):
    """Preprocess a batch in the model's dtype, and run the model on it.

    Args:
        model: The model.
        samples: Packed samples, which are not changed.
        mode: ``'loss'``, ``'predict'`` or ``'tensor'``.

    Returns:
        Output of the model; without gradients in evaluation mode.
    """
    data = model.data_preprocessor(pseudo_collate(copy.deepcopy(samples)), model.training)
    dtype = next(model.parameters()).dtype
    for name in ("visual", "audio"):
        data["inputs"][name] = data["inputs"][name].to(dtype)
    with torch.set_grad_enabled(model.training):
        return model(**data, mode=mode)
