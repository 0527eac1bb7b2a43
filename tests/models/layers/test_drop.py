"""Stochastic depth."""

import pytest
import torch

from loco_mm.models.layers import (
    DropPath,
)


def test_drop_path_keeps_the_mean_and_drops_whole_samples():
    torch.manual_seed(0)
    layer = DropPath(0.25).train()
    out = layer(torch.ones(4000, 3))
    assert out.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert torch.equal(out[:, 0], out[:, 2])
    assert float(out.mean()) == pytest.approx(1, abs=0.05)
    assert torch.equal(layer.eval()(torch.ones(5, 3)), torch.ones(5, 3))
