"""Voting: refines the ends of kept segments by the suppressed candidates.

Shape letters: N candidates, M kept.
"""

import torch
from torch import Tensor

from ...arguments import Probability, checked
from ...ops import at_least_float32, segment_overlap
from ...registry import TASK_UTILS


@TASK_UTILS.register_module()
class SegmentVoting:
    """Replaces the ends of kept segments by the weighted mean over overlapping candidates.

    Source: box voting (Gidaris and Komodakis, ICCV 2015), as used by ActionFormer (Zhang et al.,
    ECCV 2022) and its successors.

    Args:
        iou_threshold: Candidates must have a higher IoU to be used.
        weigh_by_iou: Whether the weight of a candidate is its score times the IoU, instead of the
            score alone.
        classwise: Whether only candidates of the same class are used.
    """

    @checked
    def __init__(
        self, iou_threshold: Probability = 0.7, weigh_by_iou: bool = False, classwise: bool = True
    ):
        self.iou_threshold = iou_threshold
        self.weigh_by_iou = weigh_by_iou
        self.classwise = classwise

    def __call__(
        self,
        segments: Tensor,
        labels: Tensor,
        candidates: tuple[Tensor, Tensor, Tensor],
    ) -> Tensor:
        """(M, 2) segments with refined ends; a segment without overlapping candidates is unchanged.

        Args:
            segments: (M, 2) kept segments, in any unit.
            labels: (M,) classes of these.
            candidates: Segments (N, 2), scores (N,) and labels (N,) before suppression.
        """
        others, scores, classes = candidates
        overlap = segment_overlap(at_least_float32(segments)[:, None], at_least_float32(others))
        weight = scores * (overlap > self.iou_threshold)
        if self.weigh_by_iou:
            weight = weight * overlap
        if self.classwise:
            weight = weight * (labels[:, None] == classes)
        total = weight.sum(1, keepdim=True)
        moved = weight @ at_least_float32(others) / total.clamp(min=torch.finfo(total.dtype).tiny)
        return moved.where(total > 0, segments).to(segments.dtype)
