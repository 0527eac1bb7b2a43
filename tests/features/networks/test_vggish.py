"""VGGish: size, parameter names, and results of the port whose weights it loads."""

import pytest
import torch

from loco_mm.features.networks import VGGish

from .filling import filled, waves


@torch.no_grad()
def test_golden():
    """Results of the port in v-iashin/video_features for the same weights and input."""
    network = filled(VGGish())
    assert sum(p.numel() for p in network.parameters()) == 72_141_184
    assert network.state_dict().keys() >= {"features.13.weight", "embeddings.4.bias"}
    levels = 2 * waves(2, 96, 64, step=0.013)
    levels[1] *= 0.5
    features = network(levels)
    assert features.shape == (2, 128)
    sums, squares = [183.04407387707738, 93.17780913304112], [906.8835384272812, 224.85874241663242]
    assert features.sum(1).tolist() == pytest.approx(sums, rel=1e-8)
    assert (features**2).sum(1).tolist() == pytest.approx(squares, rel=1e-8)
    some = [0.709273, 0.60359, 0.098088, 1.106216, 0, 0, 0, 0.893892]
    assert features[1, 2:66:8].tolist() == pytest.approx(some, abs=1e-5)
