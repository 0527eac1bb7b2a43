"""A model with adaptive windows, and its control with fixed ones."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from loco_mm.apis.window_control import control_windows, zero_adapters
from loco_mm.errors import InputError
from loco_mm.models.layers import WindowAttention


def inputs(seed=0):
    generator = torch.Generator().manual_seed(seed)
    streams = {
        name: torch.randn(2, 24, 16, generator=generator) for name in ("query", "key", "value")
    }
    return streams | dict(mask=torch.arange(24) < torch.tensor([[24], [9]]))


def output(layer, seed=0):
    """Output at valid steps."""
    given = inputs(seed)
    return layer(**given)[0][given["mask"]]


def runner(model):
    """Replacement of a test, whose metric is the sum of the outputs for two batches."""

    def test():
        model.eval()
        layer = model[-1]
        return {"mAP": sum(float(output(layer, seed).sum().detach()) for seed in (0, 1))}

    return SimpleNamespace(model=model, test=test)


def test_zero_adapters_are_fixed_windows_while_it_lasts():
    adaptive = WindowAttention(16, 4, 8, offset_spread=1.0, size_spread=0.5)
    fixed = WindowAttention(16, 4, 8, adaptive=False)
    before = output(adaptive)
    with zero_adapters(adaptive):
        assert torch.equal(output(adaptive), output(fixed))
    assert torch.equal(output(adaptive), before)
    assert not torch.equal(before, output(fixed))


def test_a_control_tests_twice_and_tells_of_the_windows():
    torch.manual_seed(0)
    layer = WindowAttention(16, 4, 8, offset_spread=1.0, size_spread=0.5)
    run = runner(nn.Sequential(nn.Identity(), layer))
    control = control_windows(run)
    assert control.adapted == run.test()
    fixed = runner(nn.Sequential(WindowAttention(16, 4, 8, adaptive=False)))
    assert control.fixed == fixed.test()
    # The mean size of the heads' offsets -1, -1/3, 1/3 and 1 is 2/3.
    (name,) = control.windows
    assert name == "1"
    assert control.windows[name]["lac_offset"] == pytest.approx(2 / 3)
    assert control.windows[name]["lac_size"] == pytest.approx(1 / 3)
    assert 0 < control.windows[name]["lac_clamped"] < 1
    # No hooks are left behind.
    assert layer(**inputs())[1] == {}
    assert not layer._forward_hooks
    assert not layer.adapter._forward_hooks


def test_a_model_without_adaptive_windows_is_refused():
    model = nn.Sequential(WindowAttention(16, 4, 8, adaptive=False))
    with pytest.raises(InputError, match="expected a WindowAttention with adaptive=True, got none"):
        control_windows(runner(model))
