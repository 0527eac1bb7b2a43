"""Pooling over time.

Shape letters: B batch, T steps, C channels.
"""

from typing import Literal

import torch
from torch import Tensor


def top_mean(values: Tensor, mask: Tensor, top_k: int) -> Tensor:
    """Mean of the largest values of each channel over a sequence's valid steps.

    Args:
        values: (B, T, C).
        mask: (B, T) bool, True = valid.
        top_k: How many values; of a sequence with fewer valid steps, all.

    Returns:
        Tensor: (B, C); 0 for a sequence without a valid step.
    """
    best = values.masked_fill(~mask[..., None], -torch.inf)
    best = best.topk(min(top_k, values.shape[1]), dim=1).values
    count = mask.sum(1, keepdim=True).clamp(1, top_k)
    return best.masked_fill(best.isneginf(), 0).sum(1) / count


def pooled(values: Tensor, mask: Tensor, pooling: Literal["max", "mean"]) -> Tensor:
    """Maximum or mean of each channel over a sequence's valid steps.

    Args:
        values: (B, T, C).
        mask: (B, T) bool, True = valid, one at least a sequence.
        pooling: ``'max'`` or ``'mean'``.

    Returns:
        Tensor: (B, C).
    """
    keep = mask[..., None]
    if pooling == "max":
        return values.masked_fill(~keep, -torch.inf).amax(1)
    return (values * keep).sum(1) / keep.sum(1)
