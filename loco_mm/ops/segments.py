"""Segments as tensors, with gradients."""

import torch
from torch import Tensor


def to_ends(segments: Tensor) -> Tensor:
    """Starts and ends (..., 2) of centres and widths (..., 2)."""
    centre, width = segments.unbind(-1)
    return torch.stack([centre - 0.5 * width, centre + 0.5 * width], dim=-1)


def segment_overlap(one: Tensor, other: Tensor) -> Tensor:
    """(...) IoU of segments (..., 2), start and end in any one unit, with broadcasting.

    0 where both are empty.
    """
    shared = torch.minimum(one[..., 1], other[..., 1]) - torch.maximum(one[..., 0], other[..., 0])
    shared = shared.clamp(min=0)
    union = one.diff(dim=-1)[..., 0] + other.diff(dim=-1)[..., 0] - shared
    return shared / union.clamp(min=torch.finfo(union.dtype).tiny)
