"""Overlap of segments, against numpy's."""

import numpy as np
import torch

from loco_mm.ops import segment_overlap
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
