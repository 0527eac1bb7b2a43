"""Losses of softmax scores.

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
    """Compares a softmax with a distribution of labels.

    Args:
        mode: ``'cross_entropy'``; ``'binary'``: binary cross-entropy of each probability (PSP, Zhou
            et al., CVPR 2021); ``'soft_margin'``: the same with a sigmoid applied to the softmax,
            as in the code of AVEL, CMRAN and CPSP. In the last mode no score can exceed sigmoid(1)
            = 0.73, and the loss is at least 0.68 for 29 outputs.
        batch_labels: Whether to compare each prediction with the mean of the batch's labels. This
            is what CPSP's code does with the video labels of VGGSound-AVEL100k, whose shape
            (B, 1, K) broadcasts over the batch.
        loss_weight: Weight of the loss.
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

    def forward(self, logits: Tensor, shares: Tensor, valid: Tensor | None = None) -> Tensor:
        """Mean over predictions, and in the binary modes also over outputs.

        Args:
            logits: (N, K) scores before the softmax.
            shares: (N, K) probabilities of the labels. In mode ``'cross_entropy'``, rows of zeros,
                for labels without an output, are ignored.
            valid: (N,) bool, the predictions that count; by default all.

        Returns:
            Tensor: () loss.
        """
        logits = at_least_float32(logits)
        shares = shares.to(logits.dtype)
        counted = torch.ones_like(logits[:, :1]) if valid is None else valid[:, None]
        count = counted.sum().clamp(min=1)
        if self.batch_labels:
            shares = ((shares * counted).sum(0, keepdim=True) / count).expand_as(shares)
        if self.mode == "cross_entropy":
            shares = shares * counted
            entropy = -(shares * logits.log_softmax(-1)).sum()
            return self.loss_weight * entropy / shares.any(-1).sum().clamp(min=1)
        if self.mode == "binary":
            terms = share_entropy(logits.softmax(-1), shares, "none")
        else:
            terms = F.binary_cross_entropy_with_logits(logits.softmax(-1), shares, reduction="none")
        return self.loss_weight * (terms * counted).sum() / (count * logits.shape[-1])


def share_entropy(found: Tensor, shares: Tensor, reduction: str) -> Tensor:
    """Binary cross-entropy of probabilities, which rounding may have increased above 1.

    Args:
        found: (...) predicted probabilities, float32 or more precise.
        shares: (...) target probabilities.
        reduction: See :func:`torch.nn.functional.binary_cross_entropy`, which supports neither
            values above 1 nor autocast.
    """
    with torch.autocast(found.device.type, enabled=False):
        return F.binary_cross_entropy(
            found.clamp(0, 1), shares.to(found.dtype), reduction=reduction
        )
