"""Functions of segments with gradients."""

import torch
from torch import Tensor


def to_ends(segments: Tensor) -> Tensor:
    """Convert centres and widths (..., 2) to starts and ends (..., 2)."""
    centre, width = segments.unbind(-1)
    return torch.stack([centre - 0.5 * width, centre + 0.5 * width], dim=-1)


def generalized_overlap(one: Tensor, other: Tensor) -> Tensor:
    """(...) generalized IoU of segments (..., 2), in [-1, 1], with broadcasting.

    It is the IoU minus the fraction of the enclosing segment that the union does not cover.

    Source: Rezatofighi et al., CVPR 2019.
    """
    enclosing = torch.maximum(one[..., 1], other[..., 1]) - torch.minimum(
        one[..., 0], other[..., 0]
    )
    lengths = one.diff(dim=-1)[..., 0] + other.diff(dim=-1)[..., 0]
    # For disjoint segments, the sum of their lengths.
    union = torch.minimum(enclosing, lengths)
    overlap = segment_overlap(one, other)
    return overlap - (enclosing - union) / enclosing.clamp(min=torch.finfo(union.dtype).tiny)


def segment_overlap(one: Tensor, other: Tensor) -> Tensor:
    """(...) IoU of segments (..., 2), start and end in the same unit, with broadcasting.

    0 if both are empty.
    """
    shared = torch.minimum(one[..., 1], other[..., 1]) - torch.maximum(one[..., 0], other[..., 0])
    shared = shared.clamp(min=0)
    union = one.diff(dim=-1)[..., 0] + other.diff(dim=-1)[..., 0] - shared
    return shared / union.clamp(min=torch.finfo(union.dtype).tiny)
