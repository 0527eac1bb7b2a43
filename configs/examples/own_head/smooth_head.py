"""A head of your own: LoCo's, with a loss on differences between neighbouring points."""

import torch

from loco_mm.models import PointHead
from loco_mm.registry import MODELS


@MODELS.register_module()
class SmoothPointHead(PointHead):
    """Adds the truncated smoothing loss of MS-TCN (Farha and Gall, CVPR 2019, Eq. 9-11).

    Args:
        smooth_weight: Weight of the loss.
        **kwargs: See :class:`PointHead`.
    """

    def __init__(self, smooth_weight: float = 0.15, **kwargs):
        super().__init__(**kwargs)
        self.smooth_weight = smooth_weight

    def loss_by_truth(self, predictions, truth):
        """Losses of :class:`PointHead`, and ``loss_smooth``."""
        losses = super().loss_by_truth(predictions, truth)
        total = number = 0
        levels = zip(
            predictions.logits.split(predictions.lengths, dim=1),
            predictions.mask.split(predictions.lengths, dim=1),
            strict=True,
        )
        for logits, mask in levels:
            log_score = torch.nn.functional.logsigmoid(logits.float())
            step = log_score[:, 1:] - log_score[:, :-1].detach()
            both = mask[:, 1:] & mask[:, :-1]
            total = total + ((step.clamp(-4, 4) ** 2).mean(-1) * both).sum()
            number = number + both.sum()
        return {**losses, "loss_smooth": self.smooth_weight * total / number.clamp(min=1)}
