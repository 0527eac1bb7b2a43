"""Pooling over time.

Shape letters: B batch, T steps, C channels.
"""

from typing import Literal

import torch
from torch import Tensor


def top_mean(values: Tensor, mask: Tensor, top_k: int) -> Tensor:
    """Mean of the top k values of each channel over the valid steps of a sequence.

    Args:
        values: (B, T, C).
        mask: (B, T) bool, True = valid.
        top_k: Number of values; if a sequence has fewer valid steps, all are used.

    Returns:
        Tensor: (B, C); 0 for a sequence without valid steps.
    """
    best = values.masked_fill(~mask[..., None], -torch.inf)
    best = best.topk(min(top_k, values.shape[1]), dim=1).values
    count = mask.sum(1, keepdim=True).clamp(1, top_k)
    return best.masked_fill(best.isneginf(), 0).sum(1) / count


def pooled(values: Tensor, mask: Tensor, pooling: Literal["max", "mean"]) -> Tensor:
    """Maximum or mean of each channel over the valid steps of a sequence.

    Args:
        values: (B, T, C).
        mask: (B, T) bool, True = valid; each sequence needs at least one valid step.
        pooling: ``'max'`` or ``'mean'``.

    Returns:
        Tensor: (B, C).
    """
    keep = mask[..., None]
    if pooling == "max":
        return values.masked_fill(~keep, -torch.inf).amax(1)
    return (values * keep).sum(1) / keep.sum(1)
