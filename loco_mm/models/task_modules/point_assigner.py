"""Which points answer for which events, in the way of FCOS (Tian et al., ICCV 2019).

Shape letters: B batch, P points, N events of a video (padded), C classes, M positives.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ...registry import TASK_UTILS
from ...structures import Points, encode_offsets

# Events that are compared with all points in one step.
EVENTS_AT_ONCE = 256


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
        duration = segments[..., 1] - segments[..., 0]
        order = duration.argsort(dim=1, stable=True)
        winner = self._shortest(points, mask, segments, labels, order, num_classes)
        is_positive = winner < order.shape[1]
        sample, point, label = is_positive.nonzero(as_tuple=True)
        event = order[sample, winner[sample, point, label]]
        # By event within a point, as they were annotated.
        rows = ((sample * mask.shape[1] + point) * order.shape[1] + event).argsort()
        sample, point, label, event = (index[rows] for index in (sample, point, label, event))
        position = points.position[point]
        distances = encode_offsets(position, torch.ones_like(position), segments[sample, event])
        offsets = distances / points.stride[point, None]
        return PointTargets(is_positive.to(segments.dtype), sample, point, label, offsets)

    @staticmethod
    def _shortest(
        points: Points,
        mask: Tensor,
        segments: Tensor,
        labels: Tensor,
        order: Tensor,
        num_classes: int,
    ) -> Tensor:
        """(B, P, C) place in ``order`` (B, N) of the event that a point answers for; N for none."""
        batch, num_events = order.shape
        segments = segments.gather(1, order[..., None].expand(-1, -1, 2))
        labels = labels.gather(1, order)
        winner = labels.new_full((*mask.shape, num_classes), num_events)
        position = points.position[None, :, None]
        # Some at a time: all points by all events may be more than a memory holds.
        for first in range(0, num_events, EVENTS_AT_ONCE):
            part = slice(first, first + EVENTS_AT_ONCE)
            label = labels[:, None, part]
            # (B, P, N, 2) distances in grid steps.
            distances = encode_offsets(position, torch.ones_like(position), segments[:, None, part])
            reach = distances.amax(-1)
            candidate = (
                (distances.amin(-1) > 0)
                & (reach >= points.reg_min[:, None])
                & (reach <= points.reg_max[:, None])
                & mask[..., None]
                & (label >= 0)
            )
            place = torch.arange(first, first + label.shape[-1], device=label.device)
            place = place.where(candidate, num_events)
            index = label.clamp(min=0).expand_as(candidate)
            winner.scatter_reduce_(2, index, place, "amin")
        return winner
