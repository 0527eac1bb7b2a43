"""Segments: 1-D intervals ``(start, end)`` in any unit.

Shape letters: N, M numbers of segments.
"""

import numpy as np
import torch
from torch import Tensor

# Smaller than the union of any two segments that are not both empty.
_TINY = float(np.finfo(np.float32).tiny)


def segment_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of paired segments, with broadcasting.

    Args:
        a: (..., 2) segments.
        b: (..., 2) segments in the same unit.

    Returns:
        ndarray: (...) IoU; 0 where both segments are empty.
    """
    intersection = np.minimum(a[..., 1], b[..., 1]) - np.maximum(a[..., 0], b[..., 0])
    intersection = np.maximum(intersection, 0)
    union = (a[..., 1] - a[..., 0]) + (b[..., 1] - b[..., 0]) - intersection
    return intersection / np.maximum(union, _TINY)


def encode_offsets(points: Tensor, strides: Tensor, segments: Tensor) -> Tensor:
    """Distances from points to the ends of segments, in units of the points' strides.

    Args:
        points: (...) positions in grid steps.
        strides: (...) strides of the points' levels, in grid steps.
        segments: (..., 2) segments in grid steps.

    Returns:
        Tensor: (..., 2) distances to start and end; both are positive for points inside a segment.
    """
    distances = torch.stack([points - segments[..., 0], segments[..., 1] - points], dim=-1)
    return distances / strides[..., None]


def decode_offsets(points: Tensor, strides: Tensor, offsets: Tensor) -> Tensor:
    """The inverse of :func:`encode_offsets`.

    Args:
        points: (...) positions in grid steps.
        strides: (...) strides of the points' levels, in grid steps.
        offsets: (..., 2) distances to start and end, in strides.

    Returns:
        Tensor: (..., 2) segments in grid steps.
    """
    return torch.stack(
        [points - offsets[..., 0] * strides, points + offsets[..., 1] * strides], dim=-1
    )
