"""Which points answer for which events, in the way of FCOS (Tian et al., ICCV 2019).

Shape letters: B batch, P points, N events of a video (padded), C classes, M positives.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ...registry import TASK_UTILS
from ...structures import Points, encode_offsets


class PointTargets(NamedTuple):
    """Targets of a batch.

    Attributes:
        classes (Tensor): (B, P, C) float in {0, 1}.
        sample (Tensor): (M,) long, batch index of each positive (point, class) pair.
        point (Tensor): (M,) long, its point.
        label (Tensor): (M,) long, its class.
        offsets (Tensor): (M, 2) its distances to the event's ends, in strides.
    """

    classes: Tensor
    sample: Tensor
    point: Tensor
    label: Tensor
    offsets: Tensor


@TASK_UTILS.register_module()
class PointAssigner:
    """A point is positive for an event when strictly inside it and in its level's range.

    Events of different classes at a point are all kept, each with its own distances; of two
    events of the same class the shorter wins, the earlier one where they are equally long.
    """

    def assign(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor, num_classes: int
    ) -> PointTargets:
        """Assign a batch, on the device of its tensors.

        Args:
            points (Points): P points.
            mask (Tensor): (B, P) bool, True = valid.
            segments (Tensor): (B, N, 2) events in grid steps.
            labels (Tensor): (B, N) long; negative on padding.
            num_classes (int): Classes C.

        Returns:
            PointTargets: Targets of the batch.
        """
        if segments.shape[1] == 0:
            segments = segments.new_zeros(segments.shape[0], 1, 2)
            labels = labels.new_full((labels.shape[0], 1), -1)
        # (B, P, N, 2) distances in grid steps.
        position = points.position[None, :, None]
        distances = encode_offsets(position, torch.ones_like(position), segments[:, None])
        reach = distances.amax(-1)
        candidate = (
            (distances.amin(-1) > 0)
            & (reach >= points.reg_min[:, None])
            & (reach <= points.reg_max[:, None])
            & mask[..., None]
            & (labels >= 0)[:, None]
        )
        candidate &= ~self._beaten(candidate, segments, labels)
        sample, point, event = candidate.nonzero(as_tuple=True)
        label = labels[sample, event]
        classes = segments.new_zeros(*mask.shape, num_classes)
        classes[sample, point, label] = 1
        offsets = distances[sample, point, event] / points.stride[point, None]
        return PointTargets(classes, sample, point, label, offsets)

    @staticmethod
    def _beaten(candidate: Tensor, segments: Tensor, labels: Tensor) -> Tensor:
        """(B, P, N): whether a shorter event of the same class claims the point too."""
        duration = segments[..., 1] - segments[..., 0]
        order = torch.arange(duration.shape[1], device=duration.device)
        shorter = (duration[:, :, None] < duration[:, None]) | (
            (duration[:, :, None] == duration[:, None]) & (order[:, None] < order)
        )
        beats = shorter & (labels[:, :, None] == labels[:, None])
        return candidate.to(segments.dtype) @ beats.to(segments.dtype) > 0
