"""Masks of padded batches."""

import torch

from loco_mm.ops import spanned


def test_gaps_are_spanned_and_padding_is_not():
    mask = torch.tensor([[1, 1, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]).bool()
    wanted = [[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
    assert spanned(mask).int().tolist() == wanted
