"""Stochastic depth, and noise."""

import pytest
import torch

from loco_mm.models.layers import DropPath, GaussianNoise


def test_drop_path_keeps_the_mean_and_drops_whole_samples():
    torch.manual_seed(0)
    layer = DropPath(0.25).train()
    out = layer(torch.ones(4000, 3))
    assert out.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert torch.equal(out[:, 0], out[:, 2])
    assert float(out.mean()) == pytest.approx(1, abs=0.05)
    assert torch.equal(layer.eval()(torch.ones(5, 3)), torch.ones(5, 3))


def test_noise_is_added_in_training_only():
    torch.manual_seed(0)
    layer, x = GaussianNoise(0.1), torch.ones(2000, 3)
    added = layer.train()(x) - x
    assert float(added.std()) == pytest.approx(0.1, rel=0.05)
    assert float(added.mean()) == pytest.approx(0, abs=0.01)
    assert torch.equal(layer.eval()(x), x)
