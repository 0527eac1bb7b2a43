"""Overlaps and distances of segments."""

import numpy as np
import torch

from loco_mm.structures import (
    decode_offsets,
    encode_offsets,
    segment_iou,
)


def test_overlaps_by_hand():
    a = np.array([[0.0, 4.0], [5.0, 5.0]])
    b = np.array([[2.0, 6.0], [0.0, 4.0], [7.0, 8.0], [5.0, 5.0]])
    wanted = [[2 / 6, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    np.testing.assert_allclose(segment_iou(a[:, None], b), wanted)
    np.testing.assert_allclose(segment_iou(a, b[:2]), [2 / 6, 0.0])


def test_offsets_and_back():
    points, strides = torch.tensor([4.0, 8.0]), torch.tensor([1.0, 4.0])
    segments = torch.tensor([[1.5, 9.0], [0.0, 20.0]])
    offsets = encode_offsets(points, strides, segments)
    assert offsets.tolist() == [[2.5, 5.0], [2.0, 3.0]]
    assert decode_offsets(points, strides, offsets).tolist() == segments.tolist()
