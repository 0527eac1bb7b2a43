"""Segments: 1-D intervals ``(start, end)`` in any one unit.

Shape letters: N, M numbers of segments.
"""

import torch
from torch import Tensor


def segment_overlaps(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of every segment of ``a`` with every segment of ``b``.

    Args:
        a (Tensor): (N, 2) segments.
        b (Tensor): (M, 2) segments in the same unit.

    Returns:
        Tensor: (N, M) IoU; 0 where both segments are empty.
    """
    return segment_iou(a[:, None], b[None, :])


def segment_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of paired segments, with broadcasting.

    Args:
        a (Tensor): (..., 2) segments.
        b (Tensor): (..., 2) segments in the same unit.

    Returns:
        Tensor: (...) IoU; 0 where both segments are empty.
    """
    start = torch.maximum(a[..., 0], b[..., 0])
    end = torch.minimum(a[..., 1], b[..., 1])
    intersection = (end - start).clamp(min=0)
    union = (a[..., 1] - a[..., 0]) + (b[..., 1] - b[..., 0]) - intersection
    return torch.where(union > 0, intersection / union.clamp(min=torch.finfo(union.dtype).tiny), 0)


def encode_offsets(points: Tensor, strides: Tensor, segments: Tensor) -> Tensor:
    """Distances from points to the two ends of segments, in units of the points' strides.

    Args:
        points (Tensor): (...) positions in grid steps.
        strides (Tensor): (...) strides of the points' levels, in grid steps.
        segments (Tensor): (..., 2) segments in grid steps.

    Returns:
        Tensor: (..., 2) distances to start and end; both are positive strictly inside.
    """
    distances = torch.stack([points - segments[..., 0], segments[..., 1] - points], dim=-1)
    return distances / strides[..., None]


def decode_offsets(points: Tensor, strides: Tensor, offsets: Tensor) -> Tensor:
    """The inverse of :func:`encode_offsets`.

    Args:
        points (Tensor): (...) positions in grid steps.
        strides (Tensor): (...) strides of the points' levels, in grid steps.
        offsets (Tensor): (..., 2) distances to start and end, in strides.

    Returns:
        Tensor: (..., 2) segments in grid steps.
    """
    return torch.stack(
        [points - offsets[..., 0] * strides, points + offsets[..., 1] * strides], dim=-1
    )
