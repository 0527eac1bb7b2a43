"""Sounds that attend to cells."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.encoders import CellEncoder


def build():
    torch.manual_seed(0)
    return CellEncoder(5, 3, dim=8, num_heads=2, mlp_channels=8, num_cells=4).double().eval()


def inputs():
    torch.manual_seed(1)
    mask = torch.ones(2, 3, dtype=torch.bool)
    return torch.randn(2, 3, 2, 2, 5).double(), torch.randn(2, 3, 3).double(), mask


def test_space_is_of_each_segment_and_time_of_all():
    encoder, (visual, audio, mask) = build(), inputs()
    in_space, in_time, seen, heard = encoder(visual, audio, mask)
    assert in_space.shape == in_time.shape == seen.shape == heard.shape == (2, 3, 8)
    other = visual.clone()
    other[:, 2] = 0
    again = encoder(other, audio, mask)
    torch.testing.assert_close(again[0][:, :2], in_space[:, :2])
    assert not torch.allclose(again[1][:, :2], in_time[:, :2])
    torch.testing.assert_close(again[3], heard)


def test_cells_have_places_and_segments_have_not():
    encoder, (visual, audio, mask) = build(), inputs()
    found = encoder(visual, audio, mask)
    assert not torch.allclose(encoder(visual.flip(3), audio, mask)[0], found[0])
    for mine, wanted in zip(encoder(visual.flip(1), audio.flip(1), mask), found, strict=True):
        torch.testing.assert_close(mine.flip(1), wanted)


def test_means_are_told():
    encoder, (visual, audio, mask) = build(), inputs()
    with pytest.raises(InputError, match=r"maps .* of 4 cells expected by model.encoder: set data"):
        encoder(visual.mean((2, 3)), audio, mask)
