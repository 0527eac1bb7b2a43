"""Overlap of segments, compared to numpy's version."""

import numpy as np
import torch

from loco_mm.ops import generalized_overlap, segment_overlap
from loco_mm.structures import segment_iou


def test_it_equals_that_of_arrays():
    ends = np.sort(np.random.RandomState(0).rand(50, 2), axis=1)
    one, other = ends[:, None], ends[None]
    found = segment_overlap(torch.from_numpy(one), torch.from_numpy(other))
    np.testing.assert_allclose(found, segment_iou(one, other), atol=1e-12)


def test_empty_segments_have_none_and_finite_gradients():
    empty = torch.zeros(3, 2, requires_grad=True)
    found = segment_overlap(empty, torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.0, 2.0]]))
    assert found.tolist() == [0.0, 0.0, 0.0]
    found.sum().backward()
    assert empty.grad.isfinite().all()


def test_generalized_overlap_by_hand():
    one = torch.tensor([[0.0, 4.0], [0.0, 2.0], [0.0, 2.0], [1.0, 1.0]])
    other = torch.tensor([[2.0, 8.0], [2.0, 4.0], [6.0, 8.0], [1.0, 1.0]])
    found = generalized_overlap(one, other)
    # Of the 8 that enclose the third pair, 4 are between them.
    torch.testing.assert_close(found, torch.tensor([0.25, 0.0, -0.5, 0.0]))


def test_segments_that_do_not_meet_are_drawn_together():
    one = torch.tensor([0.0, 2.0], requires_grad=True)
    generalized_overlap(one, torch.tensor([6.0, 8.0])).backward()
    assert one.grad[1] > 0
