"""Losses of scores that a softmax makes shares of.

Shape letters: N predictions, K outputs.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat
from torch import Tensor, nn

from ...arguments import checked
from ...ops import at_least_float32
from ...registry import MODELS


@MODELS.register_module()
class SoftmaxLoss(nn.Module):
    """Compares a softmax with shares of labels.

    Args:
        mode: ``'cross_entropy'``; ``'binary'``: binary cross-entropy of each share (PSP, Zhou
            et al., CVPR 2021); ``'soft_margin'``: the same with a sigmoid over the softmax, as the
            code of AVEL, CMRAN and CPSP has it. With the latter no share can score more than
            sigmoid(1) = 0.73, and the loss is never below 0.68 for 29 outputs.
        batch_labels: Compare each prediction with the mean of the batch's labels. It is what
            CPSP's code does to VGGSound-AVEL100k's labels of videos, whose shape (B, 1, K) spreads
            over the batch.
        loss_weight: Factor.
    """

    @checked
    def __init__(
        self,
        mode: Literal["cross_entropy", "binary", "soft_margin"] = "cross_entropy",
        batch_labels: bool = False,
        loss_weight: NonNegativeFloat = 1.0,
    ):
        super().__init__()
        self.mode = mode
        self.batch_labels = batch_labels
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, shares: Tensor) -> Tensor:
        """Mean over the predictions, and in the binary modes over the outputs.

        Args:
            logits: (N, K) scores before the softmax.
            shares: (N, K) in [0, 1]. In mode ``'cross_entropy'`` a row of zeros, a label
                that no output stands for, is left out.

        Returns:
            Tensor: () loss.
        """
        logits = at_least_float32(logits)
        shares = shares.to(logits.dtype)
        if self.batch_labels:
            shares = shares.mean(0, keepdim=True).expand_as(shares)
        if self.mode == "cross_entropy":
            entropy = -(shares * logits.log_softmax(-1)).sum()
            loss = entropy / shares.any(-1).sum().clamp(min=1)
        elif self.mode == "binary":
            loss = share_entropy(logits.softmax(-1), shares, "mean")
        else:
            loss = F.binary_cross_entropy_with_logits(logits.softmax(-1), shares)
        return self.loss_weight * loss


def share_entropy(found: Tensor, shares: Tensor, reduction: str) -> Tensor:
    """Binary cross-entropy of shares, which rounding may have brought above 1.

    Args:
        found: (...) float32 or finer.
        shares: (...) wanted.
        reduction: See :func:`torch.nn.functional.binary_cross_entropy`, which refuses both
            more than 1 and autocast.
    """
    with torch.autocast(found.device.type, enabled=False):
        return F.binary_cross_entropy(
            found.clamp(0, 1), shares.to(found.dtype), reduction=reduction
        )
