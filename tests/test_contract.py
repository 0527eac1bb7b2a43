"""Every shipped config's model, tiny, keeps the contract."""

import copy

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.testing import CHECKS, device_changes_nothing, network_compiles, shrink_model

from .comparing import LEAVES


def tiny_models():
    """(name, tiny model) of every config; those that are alike, once."""
    found = []
    for leaf in LEAVES:
        model = shrink_model(load_config(str(leaf)).model)
        if all(model != other for _, other in found):
            found.append((leaf.stem, model))
    return found


def networks():
    """The same without what differs in losses or sizes alone. Further levels are like the second.

    Of networks with LSTMs there is no one graph: torch.compile leaves those as they are.
    """
    found = []
    for name, model in copy.deepcopy(MODELS):
        if model.encoder.type == "RecurrentEncoder" or model.encoder.get("recurrent"):
            continue
        model.modulator = model.auxiliary = None
        for key in ("loss_cls", "loss_reg", "assigner", "test_cfg", "supervision"):
            model.head.pop(key, None)
        if "num_levels" in model.pyramid:
            model.pyramid.num_levels = min(2, model.pyramid.num_levels)
        if "num_heads" in model.pyramid:
            model.pyramid.num_heads = 2
        if "window_size" in model.pyramid.get("attention", {}):
            model.pyramid.attention.window_size = 4
        if all(model != other for _, other in found):
            found.append((name, model))
    return found


MODELS = tiny_models()
NETWORKS = networks()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("model", [m for _, m in MODELS], ids=[name for name, _ in MODELS])
def test_contract(model, check):
    check(model)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("model", [m for _, m in MODELS], ids=[name for name, _ in MODELS])
def test_device(model):
    device_changes_nothing(model, "cuda")


@pytest.mark.slow
@pytest.mark.parametrize("model", [m for _, m in NETWORKS], ids=[name for name, _ in NETWORKS])
def test_the_network_compiles(model):
    network_compiles(model)
