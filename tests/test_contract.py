"""Tiny models of all structures among the shipped configs satisfy the contract."""

import copy

import pytest
import torch

from loco_mm.testing import CHECKS, compilation_changes_nothing, device_changes_nothing

from .comparing import STRUCTURES, tiny_models

# The rest, which takes longer, has most parts in common with these.
COMPILED = {
    *("loco_rendered", "loco_ave_fully", "unav_synthetic", "tridet_synthetic"),
    *("tadtr_synthetic", "vsgn_synthetic", "avel_ave_fully", "cacenet_ave_fully"),
    *("cmran_ave_fully", "cpsp_ave_fully", "dmrn_ave_fully", "lesp_ave_fully", "psp_ave_fully"),
}
# torch.compile does not capture an LSTM.
RECURRENT = ("avel", "cacenet", "cpsp", "dmrn", "psp")


def with_few_levels(model):
    """The model with at most two levels, which are compiled in less time."""
    model = copy.deepcopy(model)
    pyramid = model.get("pyramid", {})
    if "num_levels" in pyramid:
        pyramid.num_levels = min(2, pyramid.num_levels)
    return model


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", STRUCTURES)
def test_contract(name, check):
    check(tiny_models()[name])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", STRUCTURES)
def test_device(name):
    device_changes_nothing(tiny_models()[name], "cuda")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in COMPILED else pytest.mark.nightly)
        for name in STRUCTURES
    ],
)
def test_compilation(name):
    without = ["encoder"] if name.startswith(RECURRENT) else []
    compilation_changes_nothing(with_few_levels(tiny_models()[name]), without=without)
