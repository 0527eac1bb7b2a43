"""Regression losses between 1-D segments."""

from typing import Literal

import torch
from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor, nn

from ...arguments import checked
from ...ops import at_least_float32
from ...registry import MODELS


@MODELS.register_module()
class SegmentIoULoss(nn.Module):
    """1 - IoU of segments given as distances from a common point, summed.

    ``'giou'`` is the paper's 1-D generalized IoU (Rezatofighi et al., CVPR 2019), which subtracts
    the fraction of the enclosing segment that the union does not cover. Here both segments contain
    the point, so that this fraction is 0 and the loss equals that of the IoU. ``'diou'`` adds the
    squared distance of the centres divided by the squared length of the enclosing segment (Zheng
    et al., AAAI 2020), as common implementations do.

    Args:
        mode: ``'giou'`` or ``'diou'``.
        loss_weight: Weight of the sum.
        eps: Minimum length of the union, for two empty segments.
    """

    @checked
    def __init__(
        self,
        mode: Literal["giou", "diou"] = "giou",
        loss_weight: NonNegativeFloat = 1.0,
        eps: PositiveFloat = 1e-8,
    ):
        super().__init__()
        self.mode = mode
        self.loss_weight = loss_weight
        self.eps = eps

    def forward(self, predicted: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
        """Sum over all pairs.

        Args:
            predicted: (..., 2) distances to start and end, not negative.
            target: (..., 2) distances to start and end of the event.
            valid: (...) bool, the pairs that count; by default all.

        Returns:
            Tensor: () loss; 0 with a graph if there is no pair.
        """
        predicted, target = at_least_float32(predicted), at_least_float32(target)
        loss = 1 - distance_iou(predicted, target, self.eps)
        if self.mode == "diou":
            shift = 0.5 * ((predicted - target)[..., 1] - (predicted - target)[..., 0])
            enclosing = torch.maximum(predicted, target).sum(-1)
            loss = loss + (shift / enclosing.clamp(min=self.eps)) ** 2
        if valid is not None:
            loss = loss * valid
        return self.loss_weight * loss.sum()


def distance_iou(predicted: Tensor, target: Tensor, eps: float = 1e-8) -> Tensor:
    """(...) IoU of segments (..., 2) given as distances from a common point."""
    intersection = torch.minimum(predicted, target).sum(-1)
    union = predicted.sum(-1) + target.sum(-1) - intersection
    return intersection / union.clamp(min=eps)
