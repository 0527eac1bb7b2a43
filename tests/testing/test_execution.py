"""The checks of execution find parts that break them."""

import copy

import pytest
import torch

from loco_mm.models.heads import PointHead
from loco_mm.models.necks import FusionDecoder
from loco_mm.registry import MODELS
from loco_mm.testing import compilation_changes_nothing


class Branching(FusionDecoder):
    """Selects valid steps, whose number is read on the host."""

    def forward(self, features, masks):
        features = super().forward(features, masks)
        return features if len(features[0][masks[0]]) else [-x for x in features]


class Unequal(PointHead):
    """Computes something else when it is compiled."""

    def loss_by_truth(self, predictions, truth):
        losses = super().loss_by_truth(predictions, truth)
        factor = 2 if torch.compiler.is_compiling() else 1
        return {name: factor * loss for name, loss in losses.items()}


@pytest.mark.parametrize(
    ("slot", "part", "message"),
    [
        pytest.param("neck", Branching, r"^not compiled: \['neck'\]$", marks=pytest.mark.nightly),
        ("head", Unequal, "gradient of encoder"),
    ],
)
def test_a_broken_part_is_found(small_model, slot, part, message):
    broken = copy.deepcopy(small_model)
    broken[slot].type = part.__name__
    MODELS.register_module(module=part)
    try:
        with pytest.raises(AssertionError, match=message):
            compilation_changes_nothing(broken)
    finally:
        MODELS.module_dict.pop(part.__name__)
