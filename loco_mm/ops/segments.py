"""Segments as tensors, with gradients."""

import torch
from torch import Tensor


def to_ends(segments: Tensor) -> Tensor:
    """Starts and ends (..., 2) of centres and widths (..., 2)."""
    centre, width = segments.unbind(-1)
    return torch.stack([centre - 0.5 * width, centre + 0.5 * width], dim=-1)


def generalized_overlap(one: Tensor, other: Tensor) -> Tensor:
    """(...) generalised IoU of segments (..., 2), in [-1, 1], with broadcasting.

    From the IoU is taken what the union leaves of the segment that encloses both, as a share of it.

    Source: Rezatofighi et al., CVPR 2019.
    """
    enclosing = torch.maximum(one[..., 1], other[..., 1]) - torch.minimum(
        one[..., 0], other[..., 0]
    )
    lengths = one.diff(dim=-1)[..., 0] + other.diff(dim=-1)[..., 0]
    # Of segments that do not meet, the sum of their lengths.
    union = torch.minimum(enclosing, lengths)
    overlap = segment_overlap(one, other)
    return overlap - (enclosing - union) / enclosing.clamp(min=torch.finfo(union.dtype).tiny)


def segment_overlap(one: Tensor, other: Tensor) -> Tensor:
    """(...) IoU of segments (..., 2), start and end in any one unit, with broadcasting.

    0 where both are empty.
    """
    shared = torch.minimum(one[..., 1], other[..., 1]) - torch.maximum(one[..., 0], other[..., 0])
    shared = shared.clamp(min=0)
    union = one.diff(dim=-1)[..., 0] + other.diff(dim=-1)[..., 0] - shared
    return shared / union.clamp(min=torch.finfo(union.dtype).tiny)
