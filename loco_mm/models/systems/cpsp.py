"""Contrastive losses of CPSP (Zhou et al., TPAMI 2022).

Shape letters: B batch, T segments, D channels.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from ...arguments import checked
from ...ops import at_least_float32, pooled
from ...registry import MODELS
from ..auxiliary import BaseAuxiliaryLoss
from ..features import Features
from ..heads import has_event

_EPS = 1e-12


@MODELS.register_module()
class SegmentContrastiveLoss(BaseAuxiliaryLoss):
    """Makes segments with the event of a video similar, and dissimilar to its background.

    With s the exponentiated similarity of two fused segments, the loss of a segment i with the
    event is ``-log(P / (P + N))``, where P is the sum of s over the segments of the video with the
    event, and N the mean of s over those without.

    Args:
        temperature: Temperature of the cosine similarities.
        sums: ``'rows'``: as above. ``'columns'``: as in the authors' code, which sums over the
            other axis of matrices that are restricted to segments with the event on one axis. Then
            either P or N is 0, and the loss depends only on the labels and has no gradient.
        loss_weight: Weight of the loss.
        **kwargs: See :class:`BaseAuxiliaryLoss`.
    """

    reads_segments = True

    @checked
    def __init__(
        self,
        temperature: PositiveFloat = 0.6,
        sums: Literal["rows", "columns"] = "rows",
        loss_weight: NonNegativeFloat = 0.01,
        **kwargs,
    ):
        super().__init__(loss_weight=loss_weight, **kwargs)
        self.temperature = temperature
        self.axis = 2 if sums == "rows" else 1

    def forward(self, features: Features, labels: Tensor) -> Tensor:
        """() mean over the videos with an event of the means over its segments.

        Args:
            features: Uses the first level (B, T, D) and its mask.
            labels: See :meth:`BaseAuxiliaryLoss.read_labels`.
        """
        x = F.normalize(at_least_float32(features.levels[0]), dim=-1)
        similarity = (x @ x.transpose(1, 2) / self.temperature).exp()
        valid = labels >= 0
        event = has_event(labels, self.num_classes)
        rest = valid & ~event
        positive = (similarity * (event[:, :, None] & event[:, None])).sum(self.axis)
        negative = (similarity * (event[:, :, None] & rest[:, None])).sum(self.axis)
        negative = negative / (rest.sum(1, keepdim=True) + _EPS)
        ratio = positive / (positive + negative + _EPS)
        losses = -(ratio + _EPS).log() * (event if self.axis == 2 else valid)
        count = event.sum(1)
        videos = losses.sum(1) / count.clamp(min=1)
        any_event = count > 0
        loss = (videos * any_event).sum() / any_event.sum().clamp(min=1)
        return self.loss_weight * loss


@MODELS.register_module()
class VideoContrastiveLoss(BaseAuxiliaryLoss):
    """Triplet loss between videos of the same class and of other classes.

    The feature of a video is the mean over time of its normalized fused segments. The farthest
    video of the same class should be nearer by a margin than other classes, whose distance is the
    mean over the ``num_negatives`` nearest videos. Videos without an event, or without enough
    videos of other classes in the batch, are ignored.

    Args:
        margin: Margin of the loss.
        num_negatives: Number of videos of other classes.
        **kwargs: See :class:`BaseAuxiliaryLoss`.
    """

    @checked
    def __init__(self, margin: NonNegativeFloat = 0.2, num_negatives: PositiveInt = 3, **kwargs):
        super().__init__(**kwargs)
        self.margin = margin
        self.num_negatives = num_negatives

    def forward(self, features: Features, labels: Tensor) -> Tensor:
        """() mean over the videos.

        Args:
            features: Uses the first level (B, T, D) and its mask.
            labels: See :meth:`BaseAuxiliaryLoss.read_labels`.
        """
        x = F.normalize(at_least_float32(features.levels[0]), dim=-1)
        x = pooled(x, features.mask, "mean")
        squared = (x[:, None] - x[None]).square().sum(-1)
        # The square root has no gradient at 0, the distance of a video to itself.
        distance = squared.clamp(min=1e-12).sqrt()
        known = labels >= 0
        same = (labels[:, None] == labels) & known
        other = (labels[:, None] != labels) & known
        farthest = distance.masked_fill(~same, -torch.inf).amax(1)
        count = min(self.num_negatives, len(x))
        nearest = distance.masked_fill(~other, torch.inf).topk(count, largest=False).values.mean(1)
        counted = known & (other.sum(1) >= self.num_negatives)
        # Removed before the subtraction, as infinity minus infinity has no gradient.
        gap = farthest.where(counted, 0) - nearest.where(counted, 0)
        losses = F.relu(gap + self.margin) * counted
        return self.loss_weight * losses.sum() / counted.sum().clamp(min=1)
