"""Tiny models of all structures among the shipped configs satisfy the contract."""

import copy
from functools import cache

import pytest
import torch

from loco_mm.testing import CHECKS, device_changes_nothing, network_compiles

from .comparing import STRUCTURES, tiny_models


@cache
def networks():
    """Tiny models that differ not only in losses or sizes, with at most two levels.

    Networks with LSTMs are excluded, as torch.compile does not capture these in a single graph.
    """
    found = {}
    for name, model in copy.deepcopy(tiny_models()).items():
        if model.encoder.type == "RecurrentEncoder" or model.encoder.get("recurrent"):
            continue
        model.modulator = model.auxiliary = None
        for part in (model, *model.get("tasks", {}).values()):
            for key in ("loss_cls", "loss_reg", "assigner", "test_cfg", "supervision"):
                part.head.pop(key, None)
        pyramid = model.get("pyramid", {})
        if "num_levels" in pyramid:
            pyramid.num_levels = min(2, pyramid.num_levels)
        if "num_heads" in pyramid:
            pyramid.num_heads = 2
        if "window_size" in (pyramid.get("attention") or {}):
            pyramid.attention.window_size = 4
        if model not in found.values():
            found[name] = model
    return found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", STRUCTURES)
def test_contract(name, check):
    check(tiny_models()[name])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", STRUCTURES)
def test_device(name):
    device_changes_nothing(tiny_models()[name], "cuda")


COMPILED = [
    pytest.param(name, marks=() if name == "loco_rendered" else pytest.mark.nightly)
    for name in STRUCTURES
]


@pytest.mark.parametrize("name", COMPILED)
def test_the_network_compiles(name):
    if name not in networks():
        pytest.skip("it has no one graph, or that of another")
    network_compiles(networks()[name])
