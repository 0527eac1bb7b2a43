"""Assigns events to the segments that overlap them most.

Shape letters: B batch, N segments of a video, M events of a video (padded).
"""

import torch
from torch import Tensor

from ...arguments import Probability, checked
from ...ops import at_least_float32
from ...registry import TASK_UTILS


@TASK_UTILS.register_module()
class MaxOverlapAssigner:
    """Assigns to each segment the event with the highest overlap, if that is large enough.

    The best segments of each event are always assigned. Overlap is the IoU, in which a segment
    includes its last step, and an event does not, as in the code of VSGN (Zhao et al., ICCV 2021).
    The rule is that of Faster R-CNN (Ren et al., NeurIPS 2015).

    Args:
        min_overlap: Minimum overlap of a segment with its event. It does not apply to the segments
            with the highest overlap of an event, which are assigned the event they overlap most.
    """

    @checked
    def __init__(self, min_overlap: Probability = 0.5):
        self.min_overlap = min_overlap

    @torch.no_grad()
    def assign(
        self, segments: Tensor, mask: Tensor, gt_segments: Tensor, gt_labels: Tensor
    ) -> Tensor:
        """Assign a batch.

        Args:
            segments: (B, N, 2) anchors or predicted segments, in grid steps.
            mask: (B, N) bool, True = valid.
            gt_segments: (B, M, 2) events in grid steps.
            gt_labels: (B, M) long; negative on padding.

        Returns:
            Tensor: (B, N) long, index of the event; -1 for none.
        """
        if not gt_labels.shape[1]:
            return torch.full_like(mask, -1, dtype=torch.long)
        one, other = at_least_float32(segments)[:, :, None], gt_segments[:, None]
        shared = torch.minimum(one[..., 1], other[..., 1])
        shared = (shared - torch.maximum(one[..., 0], other[..., 0])).clamp(min=0)
        union = (one[..., 1] - one[..., 0] + 1) + (other[..., 1] - other[..., 0]) - shared
        overlap = shared / union.clamp(min=torch.finfo(union.dtype).tiny)
        # (B, N, M), 0 for invalid pairs.
        overlap = overlap * mask[..., None] * (gt_labels >= 0)[:, None]
        best, event = overlap.max(2)
        most = overlap.amax(1, keepdim=True)
        is_most = ((overlap == most) & (most > 0)).any(2)
        enough = (best >= self.min_overlap) & (best > 0)
        return event.where(enough | is_most, -1)
