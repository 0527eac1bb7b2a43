"""The contrastive loss of videos of CPSP (Zhou et al., TPAMI 2022).

Shape letters: B batch, T segments, D channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...arguments import Count, Weight, checked
from ...ops import at_least_float32, pooled
from ...registry import MODELS
from ..heads import BaseSegmentHead
from ..localizers import AVFeatures


@MODELS.register_module()
class VideoContrastiveLoss(nn.Module):
    """A video shall be nearer to the farthest one of its class than to the nearest of others.

    A video's feature is the mean over time of its fused segments, each of length 1. Of other
    classes the mean distance of the ``num_negatives`` nearest counts. Videos without an event, or
    in a batch with too few of other classes, take no part.

    Args:
        margin (float): By which it shall be nearer.
        num_negatives (int): Videos of other classes.
        loss_weight (float): Factor.
    """

    @checked
    def __init__(self, margin: Weight = 0.2, num_negatives: Count = 3, loss_weight: Weight = 1.0):
        super().__init__()
        self.margin = margin
        self.num_negatives = num_negatives
        self.loss_weight = loss_weight

    def forward(self, features: AVFeatures, data_samples: list) -> Tensor:
        """() mean over the videos.

        Args:
            features (AVFeatures): Its first level (B, T, D) and mask are read.
            data_samples (list[ActionDataSample]): With ``gt_video_label`` (C + 1,).
        """
        x = F.normalize(at_least_float32(features.levels[0]), dim=-1)
        x = pooled(x, features.mask, "mean")
        label = BaseSegmentHead.video_class(data_samples, x.device)
        squared = (x[:, None] - x[None]).square().sum(-1)
        # At 0, of a video to itself, the root has no gradient.
        distance = squared.clamp(min=1e-12).sqrt()
        known = label >= 0
        same = (label[:, None] == label) & known
        other = (label[:, None] != label) & known
        farthest = distance.masked_fill(~same, -torch.inf).amax(1)
        count = min(self.num_negatives, len(x))
        nearest = distance.masked_fill(~other, torch.inf).topk(count, largest=False).values.mean(1)
        counted = known & (other.sum(1) >= self.num_negatives)
        # Left out before they are subtracted: infinity less infinity has no gradient.
        gap = farthest.where(counted, 0) - nearest.where(counted, 0)
        losses = F.relu(gap + self.margin) * counted
        return self.loss_weight * losses.sum() / counted.sum().clamp(min=1)
