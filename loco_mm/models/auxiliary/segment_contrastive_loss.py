"""The contrastive loss of segments of CPSP (Zhou et al., TPAMI 2022).

Shape letters: B batch, T segments, D channels.
"""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from ...arguments import Count, Positive, Weight, checked
from ...ops import at_least_float32
from ...registry import MODELS
from ..heads import BaseSegmentHead, has_event
from ..localizers import AVFeatures

_EPS = 1e-12


@MODELS.register_module()
class SegmentContrastiveLoss(nn.Module):
    """Segments with the event of a video shall be alike, and unlike its background.

    With similarities s of the fused segments, exponentiated, an event's segment i has the loss
    ``-log(P / (P + N))``, P the sum of its s to the video's segments with the event, N the mean of
    its s to those without.

    Args:
        num_classes (int): Classes C, without background. The model passes its head's.
        temperature (float): Divides the cosine similarities.
        sums (str): ``'rows'``: as above. ``'columns'``: as in the authors' code, whose sums run
            over the other axis of matrices that hold pairs with the event on one side only. Then
            either P or N is 0, and the loss is a constant of the labels without a gradient.
        loss_weight (float): Factor.
    """

    reads_segments = True

    @checked
    def __init__(
        self,
        num_classes: Count,
        temperature: Positive = 0.6,
        sums: Literal["rows", "columns"] = "rows",
        loss_weight: Weight = 0.01,
    ):
        super().__init__()
        self.num_classes = num_classes
        self.temperature = temperature
        self.axis = 2 if sums == "rows" else 1
        self.loss_weight = loss_weight

    def forward(self, features: AVFeatures, data_samples: list) -> Tensor:
        """() mean over the videos with an event, of the means over its segments.

        Args:
            features (AVFeatures): Its first level (B, T, D) and mask are read.
            data_samples (list[ActionDataSample]): With ``gt_segment_labels`` (T_i,).
        """
        labels = BaseSegmentHead.segment_truth(data_samples, features.mask)
        x = F.normalize(at_least_float32(features.levels[0]), dim=-1)
        similarity = (x @ x.transpose(1, 2) / self.temperature).exp()
        there = labels >= 0
        event = has_event(labels, self.num_classes)
        rest = there & ~event
        positive = (similarity * (event[:, :, None] & event[:, None])).sum(self.axis)
        negative = (similarity * (event[:, :, None] & rest[:, None])).sum(self.axis)
        negative = negative / (rest.sum(1, keepdim=True) + _EPS)
        ratio = positive / (positive + negative + _EPS)
        losses = -(ratio + _EPS).log() * (event if self.axis == 2 else there)
        count = event.sum(1)
        videos = losses.sum(1) / count.clamp(min=1)
        any_event = count > 0
        loss = (videos * any_event).sum() / any_event.sum().clamp(min=1)
        return self.loss_weight * loss
