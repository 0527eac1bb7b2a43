"""Broken models must not pass the contract."""

import copy

import pytest
import torch
from torch import nn

from loco_mm.models import FusionDecoder, PointHead, UnimodalEncoder
from loco_mm.registry import MODELS
from loco_mm.testing import CHECKS

CHECKS = {check.__name__: check for check in CHECKS}


class Leaky(FusionDecoder):
    """Adds the content of padded steps to the features."""

    def forward(self, features, masks):
        return [x + x.mean(1, keepdim=True) for x in super().forward(features, masks)]


class Mixing(FusionDecoder):
    """Adds features of the first video of a batch to all others."""

    def forward(self, features, masks):
        return [x + x[:1].mean((0, 1)) for x in super().forward(features, masks)]


class Idle(FusionDecoder):
    """Has an unused parameter."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.idle = nn.Parameter(torch.zeros(3))


class Forgetful(FusionDecoder):
    """Keeps state outside parameters and buffers."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.factor = torch.rand(())

    def forward(self, features, masks):
        return [x * self.factor for x in super().forward(features, masks)]


class Dividing(PointHead):
    """Divides by a number that is 0 in a batch without events."""

    def loss_by_feat(self, predictions, data_samples):
        count = sum(len(sample.gt_instances.labels) for sample in data_samples)
        losses = super().loss_by_feat(predictions, data_samples)
        return {name: loss / torch.tensor(float(count)) for name, loss in losses.items()}


class Coarse(PointHead):
    """Rounds its outputs to bfloat16 under autocast."""

    def forward(self, features):
        found = super().forward(features)
        if torch.is_autocast_enabled("cpu"):
            found = found._replace(offsets=found.offsets.bfloat16() * 0.5)
        return found


class Unaware(UnimodalEncoder):
    """Leaves the error to its first layer."""

    def forward(self, visual, audio, mask):
        return dict(visual=self.visual(visual, mask), audio=self.audio(audio, mask))


@pytest.fixture(autouse=True)
def registered():
    parts = (Leaky, Mixing, Idle, Forgetful, Dividing, Coarse, Unaware)
    for part in parts:
        MODELS.register_module(module=part)
    yield
    for part in parts:
        MODELS.module_dict.pop(part.__name__)


@pytest.mark.parametrize(
    ("slot", "part", "check"),
    [
        ("neck", "Leaky", "padding_changes_nothing"),
        ("neck", "Mixing", "batch_order_changes_nothing"),
        ("neck", "Mixing", "padding_changes_nothing"),
        ("neck", "Idle", "every_parameter_gets_a_gradient"),
        ("neck", "Forgetful", "state_goes_round"),
        ("head", "Dividing", "odd_videos_train_and_are_tested"),
        ("head", "Coarse", "bfloat16_autocast_is_close"),
        ("encoder", "Unaware", "wrong_widths_are_reported"),
    ],
)
def test_a_broken_part_is_found(small_model, slot, part, check):
    broken = copy.deepcopy(small_model)
    broken[slot].type = part
    CHECKS[check](small_model)
    with pytest.raises(AssertionError):
        CHECKS[check](broken)
