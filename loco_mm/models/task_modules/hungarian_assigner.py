"""Matches events with queries, one to one, with minimum cost.

Shape letters: N layers, B batch, Q queries, C classes, M events of a video (padded), K pairs.
"""

from typing import NamedTuple

import numpy as np
import torch
from pydantic import NonNegativeFloat
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ...arguments import Probability, checked
from ...ops import at_least_float32, segment_overlap, to_ends
from ...registry import TASK_UTILS


class QueryTargets(NamedTuple):
    """The pairs of a batch.

    Attributes:
        layer: (K,) long, index of the layer.
        sample: (K,) long, batch index.
        query: (K,) long, index of the query.
        event: (K,) long, index among the sample's events.
    """

    layer: Tensor
    sample: Tensor
    query: Tensor
    event: Tensor


@TASK_UTILS.register_module()
class HungarianAssigner:
    """Matches the events of a video with queries so that the sum of costs is minimal.

    The cost of a pair is the class cost, in the form of the focal loss, plus the L1 distance of
    centres and widths, minus the IoU, each multiplied by its weight.

    Source: DETR (Carion et al., ECCV 2020), with the costs of TadTR (Liu et al., TIP 2022).

    Args:
        class_weight: Weight of the class cost.
        distance_weight: Weight of the L1 distance.
        overlap_weight: Weight of the IoU.
        alpha: See :class:`SigmoidFocalLoss`.
        gamma: See :class:`SigmoidFocalLoss`.
    """

    @checked
    def __init__(
        self,
        class_weight: NonNegativeFloat = 6.0,
        distance_weight: NonNegativeFloat = 5.0,
        overlap_weight: NonNegativeFloat = 2.0,
        alpha: Probability = 0.25,
        gamma: NonNegativeFloat = 2.0,
    ):
        self.class_weight = class_weight
        self.distance_weight = distance_weight
        self.overlap_weight = overlap_weight
        self.alpha, self.gamma = alpha, gamma

    @torch.no_grad()
    def assign(
        self, logits: Tensor, segments: Tensor, gt_segments: Tensor, gt_labels: Tensor
    ) -> QueryTargets:
        """Match queries and events, separately for each layer.

        Args:
            logits: (N, B, Q, C) class scores before the sigmoid.
            segments: (N, B, Q, 2) centres and widths.
            gt_segments: (B, M, 2) centres and widths of events.
            gt_labels: (B, M) long; -1 on padding.

        Returns:
            QueryTargets: The pairs. If a video has more events than queries, some events have none.
        """
        # Synchronizes with the device. Values that are not finite are reported by the loss.
        cost = self.cost(logits, segments, gt_segments, gt_labels).nan_to_num(nan=0.0).cpu()
        counts = (gt_labels >= 0).sum(1).tolist()
        pairs: list[np.ndarray] = [np.zeros((4, 0), np.int64)]
        for layer, of_layer in enumerate(cost.numpy()):
            for sample, count in enumerate(counts):
                query, event = linear_sum_assignment(of_layer[sample, :, :count])
                place = np.full_like(query, layer), np.full_like(query, sample)
                pairs.append(np.stack([*place, query, event]))
        found = torch.from_numpy(np.concatenate(pairs, axis=1)).to(gt_labels.device)
        return QueryTargets(*found)

    def cost(
        self, logits: Tensor, segments: Tensor, gt_segments: Tensor, gt_labels: Tensor
    ) -> Tensor:
        """(N, B, Q, M) costs of all pairs, see :meth:`assign`."""
        score = at_least_float32(logits).sigmoid()
        hit = self.alpha * (1 - score) ** self.gamma * -(score + 1e-8).log()
        miss = (1 - self.alpha) * score**self.gamma * -(1 - score + 1e-8).log()
        label = gt_labels.clamp(min=0)[None, :, None].expand(*score.shape[:3], -1)
        of_class = (hit - miss).gather(-1, label)
        found, wanted = at_least_float32(segments)[..., None, :], gt_segments[:, None]
        distance = (found - wanted).abs().sum(-1)
        overlap = segment_overlap(to_ends(found), to_ends(wanted))
        return (
            self.class_weight * of_class
            + self.distance_weight * distance
            - self.overlap_weight * overlap
        )
