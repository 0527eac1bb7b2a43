"""Assigns events to points, following FCOS (Tian et al., ICCV 2019).

Shape letters: B batch, P points, N events of a video (padded), C classes, K entries per point.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
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
    """Targets of a batch: K entries per point, some of which are positives.

    No size depends on the number of positives, which would have to be read from the device. K is C
    with winner ``'class'`` or ``'point_classes'``, 1 with ``'point'`` and N with ``'all'``.

    Attributes:
        classes: (B, P, C) float in {0, 1}: the classes of the positives and, where a point is
            positive for a single event, those of equally long events that it also matches.
        positive: (B, P, K) bool, whether the entry is a positive: a pair of a point and an event.
        label: (B, P, K) long, class of its event; 0 for other entries, unless ``per_class``.
        segments: (B, P, K, 2) its event, in grid steps; for other entries a segment around the
            point, whose encoding is finite.
        per_class: Whether entry k is for class k.
    """

    classes: Tensor
    positive: Tensor
    label: Tensor
    segments: Tensor
    per_class: bool = False


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
        per_class = self.winner in ("class", "point_classes")
        if self.winner == "all":
            positive, label, segment = self._all(points, mask, segments, labels)
        else:
            positive, label, segment = self._shortest(points, mask, segments, labels, num_classes)
        classes = segments.new_zeros(*mask.shape, num_classes)
        classes.scatter_reduce_(2, label, positive.to(classes.dtype), "amax")
        if self.winner in ("point", "point_classes"):
            longest = (_lengths(segment) + EQUALLY_LONG).where(positive, -1.0)
            self._add_equally_long(classes, longest, points, mask, segments, labels)
        if self.winner == "point_classes":
            positive, segment = classes > 0, segment.expand(-1, -1, num_classes, -1)
        if per_class:
            label = torch.arange(num_classes, device=mask.device).expand_as(positive)
        position, stride = points.position[:, None], points.stride[:, None]
        around = torch.stack([position - stride, position + stride], dim=-1)
        segment = segment.where(positive[..., None], around)
        return PointTargets(classes, positive, label, segment, per_class)

    def _add_equally_long(
        self,
        classes: Tensor,
        longest: Tensor,
        points: Points,
        mask: Tensor,
        segments: Tensor,
        labels: Tensor,
    ) -> None:
        """Set the classes (B, P, C) of matching events that are at most ``longest`` (B, P, 1)."""
        length = _lengths(segments)
        for first, fits in self._fitting(points, mask, segments, labels):
            part = slice(first, first + fits.shape[-1])
            also = fits & (length[:, None, part] <= longest)
            label = labels[:, None, part].clamp(min=0).expand_as(also)
            classes.scatter_reduce_(2, label, also.to(classes.dtype), "amax")

    def _all(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Positives, labels and segments, one entry for each event."""
        fits = [part for _, part in self._fitting(points, mask, segments, labels)]
        positive = torch.cat([mask.new_zeros(*mask.shape, 0), *fits], dim=-1)
        label = labels[:, None].clamp(min=0) * positive
        return positive, label, segments[:, None].expand(*positive.shape, 2)

    def _shortest(
        self, points: Points, mask: Tensor, segments: Tensor, labels: Tensor, num_classes: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Positives, labels and segments: one entry for each class, or one for each point."""
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
        # Event N exists, so that it can be read.
        segments, labels = F.pad(segments, (0, 0, 0, 1)), F.pad(labels, (0, 1))
        event = winner.flatten(1)
        label = labels.gather(1, event).view_as(winner)
        segment = segments.gather(1, event[..., None].expand(-1, -1, 2)).view(*winner.shape, 2)
        return winner < num_events, label, segment

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
