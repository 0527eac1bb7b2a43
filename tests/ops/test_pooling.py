"""Pooling over time, by hand."""

import torch

from loco_mm.ops import pooled, top_mean


def test_the_mean_of_the_best_valid_steps():
    values = torch.tensor([[1.0, 5.0], [4.0, -2.0], [3.0, 0.0], [9.0, 9.0]])[None].double()
    mask = torch.tensor([[True, True, True, False]])
    assert top_mean(values, mask, 2).tolist() == [[3.5, 2.5]]
    assert top_mean(values, mask, 1).tolist() == [[4.0, 5.0]]
    # If there are fewer valid steps, all are used.
    for top_k in (3, 4, 100):
        torch.testing.assert_close(top_mean(values, mask, top_k)[0], values[0, :3].mean(0))
    assert top_mean(values, mask & False, 2).tolist() == [[0.0, 0.0]]


def test_only_what_is_taken_gets_a_gradient():
    values = torch.tensor([[[1.0], [4.0], [3.0], [9.0]]], requires_grad=True)
    mask = torch.tensor([[True, True, True, False]])
    top_mean(values, mask, 2).sum().backward()
    assert values.grad.flatten().tolist() == [0.0, 0.5, 0.5, 0.0]
    values.grad = None
    top_mean(values, mask & False, 2).sum().backward()
    assert values.grad.flatten().tolist() == [0.0] * 4


def test_nan_is_not_lost():
    values = torch.tensor([[[1.0], [torch.nan], [3.0]]])
    assert top_mean(values, torch.ones(1, 3, dtype=torch.bool), 2).isnan().all()


def test_pooling_leaves_padding_out():
    values = torch.tensor([[[1.0, -5.0], [4.0, -2.0], [9.0, 9.0]], [[0.5, -3.0], [7, 7], [7, 7]]])
    mask = torch.tensor([[True, True, False], [True, False, False]])
    assert pooled(values, mask, "max").tolist() == [[4.0, -2.0], [0.5, -3.0]]
    assert pooled(values, mask, "mean").tolist() == [[2.5, -3.5], [0.5, -3.0]]
