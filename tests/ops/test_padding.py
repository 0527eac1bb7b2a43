"""Batches of sequences of different lengths."""

import pytest
import torch

from loco_mm.ops import join_inputs, last_valid, mask_bias, pad_to_multiple, padded, spanned


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


def test_steps_are_padded_to_a_multiple():
    x = torch.ones(2, 5, 3)
    assert pad_to_multiple(x, 4).sum((0, 2)).tolist() == [6] * 5 + [0] * 3
    assert pad_to_multiple(x, 5) is x


def test_the_last_valid_step():
    assert last_valid(torch.tensor([[1, 1, 0], [1, 1, 1], [0, 0, 0]]).bool()).tolist() == [1, 2, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_masked_entry_has_no_weight_and_masked_rows_are_finite(dtype):
    blocked = torch.tensor([[False, True], [True, True]])
    # log2(e) times the scores, as in kernels that compute powers of 2
    scores = (torch.tensor([[-30.0, 30.0]], dtype=dtype) + mask_bias(blocked, dtype)) * 1.4427
    assert scores.isfinite().all()
    assert scores.softmax(-1)[0].tolist() == [1, 0]
