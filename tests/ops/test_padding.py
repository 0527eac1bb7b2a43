"""Batches of sequences of different lengths."""

import torch

from loco_mm.ops import join_inputs, padded, spanned


def test_gaps_are_spanned_and_padding_is_not():
    mask = torch.tensor([[1, 1, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]).bool()
    wanted = [[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
    assert spanned(mask).int().tolist() == wanted


def test_sequences_are_padded_with_a_value():
    found = padded([torch.tensor([1, 2]), torch.tensor([3])], 3, -1)
    assert found.tolist() == [[1, 2, -1], [3, -1, -1]]
    assert padded([torch.ones(1, 2), torch.ones(2, 2)], 3).sum((1, 2)).tolist() == [2, 4]


def test_inputs_are_joined_with_their_lengths():
    rows = [torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0]])]
    found = join_inputs(dict(visual=rows, audio=rows[:1]))
    assert found["visual"].tolist() == [[1.0], [2.0], [3.0]]
    assert found["lengths"] == dict(visual=[2, 1], audio=[2])
