"""Convolutions over both streams."""

import torch
from torch.nn.functional import conv1d, layer_norm, leaky_relu

from loco_mm.models.fusions import ConvFusion


def test_it_is_two_convolutions_of_the_valid_steps():
    torch.manual_seed(0)
    layer = ConvFusion(4).double()
    visual, audio = (torch.randn(2, 5, 4, dtype=torch.float64) for _ in range(2))
    mask = torch.arange(5) < torch.tensor([5, 3])[:, None]
    keep = mask[..., None]
    (found,), _ = layer(visual * keep, audio * keep, mask)
    for number, length in enumerate((5, 3)):
        x = torch.cat([visual, audio], dim=-1)[number, :length].T[None]
        x = leaky_relu(conv1d(x, layer.first.weight, layer.first.bias, padding=1))
        x = conv1d(x, layer.second.weight, layer.second.bias, padding=1)[0].T
        torch.testing.assert_close(found[number, :length], layer_norm(x, (4,)))
        assert not found[number, length:].any()
