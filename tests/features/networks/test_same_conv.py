"""Convolutions with TensorFlow's padding."""

import pytest
import torch

from loco_mm.features.networks.same_conv import SameConv2d


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [
        # Sums over the window; of an odd padding, one more is at the end.
        (4, 3, 1, [3, 6, 9, 7]),
        (4, 3, 2, [6, 7]),
        (5, 3, 2, [3, 9, 9]),
        (4, 1, 2, [1, 3]),
        (2, 5, 2, [3]),
    ],
)
def test_by_hand(size, kernel, stride, expected):
    conv = SameConv2d(1, 1, (1, kernel), (1, stride), bias=False)
    conv.weight.data.fill_(1)
    found = conv(torch.arange(1.0, size + 1).view(1, 1, 1, size))
    assert found.flatten().tolist() == expected


def test_height_and_width():
    conv = SameConv2d(1, 1, (3, 1), (2, 1), bias=False)
    conv.weight.data.fill_(1)
    found = conv(torch.arange(1.0, 9).view(1, 1, 4, 2))
    assert found[0, 0].tolist() == [[9, 12], [12, 14]]
