"""Focal loss (Lin et al., ICCV 2017, Eq. 5).

Shape letters: C classes.
"""

from typing import Annotated

import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat
from torch import Tensor, nn

from ...arguments import Probability, checked
from ...ops import at_least_float32
from ...registry import MODELS


@MODELS.register_module()
class SigmoidFocalLoss(nn.Module):
    """Focal loss of sigmoid scores, summed.

    Args:
        alpha: Weight of positives; negatives have weight 1 - alpha.
        gamma: Focusing parameter.
        loss_weight: Weight of the sum.
        label_smoothing: Smoothing e over C + 1 classes including background: targets become
            (1 - e) * target + e / (C + 1).
    """

    @checked
    def __init__(
        self,
        alpha: Probability = 0.25,
        gamma: NonNegativeFloat = 2.0,
        loss_weight: NonNegativeFloat = 1.0,
        label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    ):
        super().__init__()
        self.alpha = alpha
        self.gamma = gamma
        self.loss_weight = loss_weight
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, targets: Tensor, factors: Tensor | None = None) -> Tensor:
        """Sum over all predictions and classes.

        Args:
            logits: (..., C) scores before the sigmoid.
            targets: (..., C) in {0, 1}.
            factors: (..., C) or (..., 1) factors of the terms, by default 1.

        Returns:
            Tensor: () loss.
        """
        logits = at_least_float32(logits)
        targets = targets.to(logits.dtype)
        if self.label_smoothing:
            spread = self.label_smoothing / (logits.shape[-1] + 1)
            targets = targets * (1 - self.label_smoothing) + spread
        score = logits.sigmoid()
        entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        miss = score + targets - 2 * score * targets
        alpha = self.alpha * targets + (1 - self.alpha) * (1 - targets)
        terms = alpha * miss**self.gamma * entropy
        if factors is not None:
            terms = terms * factors
        return self.loss_weight * terms.sum()
