"""The position encoding."""

import math

import pytest
import torch
import torch.nn.functional as F

from loco_mm.models.layers import (
    SinusoidPosition,
)


def test_position_encoding_by_hand_and_stretched():
    layer = SinusoidPosition(8, 16)
    table = layer(torch.ones(1, 16, dtype=torch.bool))[0]
    for step, channel in [(0, 0), (3, 2), (5, 7)]:
        angle = step / 10000 ** (2 * (channel // 2) / 8)
        wanted = (math.cos if channel % 2 else math.sin)(angle) / math.sqrt(8)
        assert float(table[step, channel]) == pytest.approx(wanted, abs=1e-6)
    stretched = layer.double()(torch.ones(1, 40, dtype=torch.bool))[0]
    wanted = F.interpolate(table.double().T[None], 40, mode="linear", align_corners=False)[0].T
    torch.testing.assert_close(stretched, wanted, atol=1e-9, rtol=1e-9)


def test_position_encoding_depends_on_the_video_not_on_the_batch():
    layer = SinusoidPosition(8, 16).double()
    for length in (5, 16, 20):
        alone = layer(torch.ones(1, length, dtype=torch.bool))
        mask = torch.arange(64) < torch.tensor([[length], [64]])
        torch.testing.assert_close(layer(mask)[0, :length], alone[0], atol=1e-9, rtol=1e-9)
