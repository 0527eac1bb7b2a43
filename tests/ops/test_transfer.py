"""Copies to the device."""

import pytest
import torch

from loco_mm.ops import move_ahead, to_device

NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
DEVICES = ["cpu", "meta", pytest.param("cuda", marks=NEEDS_GPU)]


@pytest.mark.parametrize("device", DEVICES)
def test_values_arrive_on_the_device(device):
    given = torch.arange(6.0).view(2, 3)
    (moved,) = move_ahead(dict(x=given), torch.device(device)).values()
    for found in (to_device(given, device), to_device(given, torch.device(device)), moved):
        assert found.device.type == device
        assert device == "meta" or torch.equal(found.cpu(), given)
