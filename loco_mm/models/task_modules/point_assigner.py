"""Assigns events to points, following FCOS (Tian et al., ICCV 2019).

Shape letters: B batch, P points, N events of a video (padded), C classes, M positives.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from pydantic import PositiveFloat
from torch import Tensor

from ...arguments import checked
from ...registry import TASK_UTILS
from ...structures import Points, encode_offsets

# Number of events that are compared with all points at once.
EVENTS_AT_ONCE = 256
# Events are equally long if their lengths differ by at most this many grid steps.
EQUALLY_LONG = 1e-3


class PointTargets(NamedTuple):
    """Targets of a batch.

    Attributes:
        classes: (B, P, C) float in {0, 1}: the classes of the positives and, where a point is
            positive for a single event, those of equally long events that it also matches.
        sample: (M,) long, batch index of each positive, which is a pair of a point and an event.
        point: (M,) long, index of its point.
        label: (M,) long, class of its event.
        segments: (M, 2) its event, in grid steps.
    """

    classes: Tensor
    sample: Tensor
    point: Tensor
    label: Tensor
    segments: Tensor


@TASK_UTILS.register_module()
class PointAssigner:
    """A point matches an event if it is strictly inside, and the event is in its level's range.

    Args:
        center_radius: If given, a point must also be nearer to the centre of the event than this
            many strides of its level (centre sampling, as in FCOS).
        winner: Events, among those that a point matches, for which it is positive. ``'class'``: the
            shortest of each class, as needed for class-aware offsets. ``'point'``: the shortest of
            all; the classes of equally long ones are targets, too. ``'point_classes'``: the same,
            with a positive for each of these classes with that segment, for class-aware offsets.
            ``'all'``: all of them. Of equally long ones, the earlier is used.
    """

    @checked
    def __init__(
        self,
        center_radius: PositiveFloat | None = None,
        winner: Literal["class", "point", "point_classes", "all"] = "class",
    ):
        self.center_radius = center_radius
        self.winner = winner

    def assign(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor, num_classes: int
    ) -> PointTargets:
        """Assign a batch, on the device of its tensors.

        Args:
            points: P points.
            mask: (B, P) bool, True = valid.
            segments: (B, N, 2) events in grid steps.
            labels: (B, N) long; negative on padding.
            num_classes: Classes C.

        Returns:
            PointTargets: Targets of the batch.
        """
        if self.winner == "all":
            chosen = self._all(points, mask, segments, labels)
        else:
            chosen = self._shortest(points, mask, segments, labels, num_classes)
        sample, point, event = chosen
        # Sorted by event within a point, in the order of the annotations.
        rows = ((sample * mask.shape[1] + point) * max(segments.shape[1], 1) + event).argsort()
        sample, point, event = (index[rows] for index in (sample, point, event))
        label = labels[sample, event]
        classes = segments.new_zeros(*mask.shape, num_classes)
        classes[sample, point, label] = 1
        targets = PointTargets(classes, sample, point, label, segments[sample, event])
        if self.winner in ("point", "point_classes"):
            self._add_equally_long(targets, points, mask, segments, labels)
        return self._by_class(targets) if self.winner == "point_classes" else targets

    @staticmethod
    def _by_class(targets: PointTargets) -> PointTargets:
        """One positive for each target class of a point, which has a single segment."""
        segments = targets.segments.new_zeros(*targets.classes.shape[:2], 2)
        segments[targets.sample, targets.point] = targets.segments
        sample, point, label = targets.classes.nonzero(as_tuple=True)
        return PointTargets(targets.classes, sample, point, label, segments[sample, point])

    def _add_equally_long(
        self, targets: PointTargets, points: Points, mask: Tensor, segments: Tensor, labels: Tensor
    ) -> None:
        """Set the classes of matching events that are as long as the point's positive."""
        longest = segments.new_full(mask.shape, -1.0)
        longest[targets.sample, targets.point] = _lengths(targets.segments) + EQUALLY_LONG
        length = _lengths(segments)
        for first, fits in self._fitting(points, mask, segments, labels):
            part = length[:, None, first : first + fits.shape[-1]]
            sample, point, event = (fits & (part <= longest[..., None])).nonzero(as_tuple=True)
            targets.classes[sample, point, labels[sample, first + event]] = 1

    def _all(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor
    ) -> tuple[Tensor, ...]:
        """(M,) video, point and event of all matches."""
        found = [
            torch.stack([sample, point, first + event])
            for first, fits in self._fitting(points, mask, segments, labels)
            for sample, point, event in [fits.nonzero(as_tuple=True)]
        ]
        return tuple(torch.cat([labels.new_zeros(3, 0), *found], dim=1))

    def _shortest(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor, num_classes: int
    ) -> tuple[Tensor, ...]:
        """(M,) video, point and event of the shortest matches, of all or of each class."""
        order = _lengths(segments).argsort(dim=1, stable=True)
        num_events = order.shape[1]
        segments = segments.gather(1, order[..., None].expand(-1, -1, 2))
        labels = labels.gather(1, order)
        groups = num_classes if self.winner == "class" else 1
        # Index, in sorted order, of the event that each point is positive for; N for none.
        winner = labels.new_full((*mask.shape, groups), num_events)
        for first, fits in self._fitting(points, mask, segments, labels):
            place = torch.arange(first, first + fits.shape[-1], device=labels.device)
            place = place.where(fits, num_events)
            group = labels[:, None, first : first + fits.shape[-1]].clamp(min=0, max=groups - 1)
            winner.scatter_reduce_(2, group.expand_as(fits), place, "amin")
        sample, point, group = (winner < num_events).nonzero(as_tuple=True)
        return sample, point, order[sample, winner[sample, point, group]]

    def _fitting(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor
    ) -> Iterator[tuple[int, Tensor]]:
        """Yield the index of a first event, and (B, P, n) bool: the matches of n events from it."""
        position, stride = points.position[None, :, None], points.stride[:, None]
        # In chunks, as all pairs of points and events may not fit into memory.
        for first in range(0, labels.shape[1], EVENTS_AT_ONCE):
            part = segments[:, None, first : first + EVENTS_AT_ONCE]
            known = labels[:, None, first : first + EVENTS_AT_ONCE] >= 0
            # (B, P, n, 2) distances in grid steps.
            distances = encode_offsets(position, torch.ones_like(position), part)
            farthest = distances.amax(-1)
            fits = (
                (distances.amin(-1) > 0)
                & (farthest >= points.reg_min[:, None])
                & (farthest <= points.reg_max[:, None])
                & mask[..., None]
                & known
            )
            if self.center_radius is not None:
                fits &= (position - part.mean(-1)).abs() < self.center_radius * stride
            yield first, fits


def _lengths(segments: Tensor) -> Tensor:
    """(...) lengths of segments (..., 2)."""
    return segments[..., 1] - segments[..., 0]
