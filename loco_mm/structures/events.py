"""Annotated and predicted events.

Shape letters: N events of one video, or of many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from mmengine.structures import InstanceData

from ..errors import InputError


class Event(NamedTuple):
    """A single event.

    Attributes:
        start: Start, in the unit of its :class:`Events`.
        end: End, in the same unit.
        label: Class label.
        score: Score of a prediction; None for ground truth.
    """

    start: float
    end: float
    label: int
    score: float | None = None


@dataclass(frozen=True, eq=False)
class Events:
    """Events of a video.

    Args:
        segments: (N, 2) start and end; in seconds, unless stated otherwise.
        labels: (N,) class labels.
        scores: (N,) scores of predictions, in descending order; None for ground truth.

    Raises:
        InputError: The shapes do not match.
    """

    segments: np.ndarray
    labels: np.ndarray
    scores: np.ndarray | None = None

    def __post_init__(self) -> None:
        found = [np.shape(self.segments), np.shape(self.labels)]
        count = found[1][0] if found[1] else 0
        found += [(count,) if self.scores is None else np.shape(self.scores)]
        if found != [(count, 2), (count,), (count,)]:
            raise InputError(f"Events: expected shapes (N, 2), (N,) and (N,), got {found}")

    @classmethod
    def none(cls) -> "Events":
        """No events, usable as ground truth and as predictions."""
        return cls(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))

    @classmethod
    def from_instances(cls, instances: InstanceData | Mapping) -> "Events":
        """From MMEngine's instances, with or without ``scores``; tensors on any device."""
        fields = [instances[name] for name in ("segments", "labels")]
        fields += [instances["scores"]] if "scores" in instances else []
        return cls(*(x.cpu().numpy() if torch.is_tensor(x) else np.asarray(x) for x in fields))

    @classmethod
    def from_labels(
        cls, labels: np.ndarray, scores: np.ndarray, background: int, seconds: float = 1.0
    ) -> "Events":
        """Consecutive segments with the same label, except background, sorted by score.

        Args:
            labels: (T,) label of each segment.
            scores: (T, K) scores by label; the score of an event is the mean over its segments.
            background: Label of background.
            seconds: Duration of a segment in seconds.
        """
        borders = np.flatnonzero(np.diff(labels, prepend=-1, append=-1))
        runs = [
            (a, b) for a, b in zip(borders, borders[1:], strict=False) if labels[a] != background
        ]
        means = np.array([scores[a:b, labels[a]].mean() for a, b in runs], np.float32)
        events = cls(
            seconds * np.array(runs, np.float32).reshape(-1, 2),
            labels[[a for a, _ in runs]].astype(np.int64),
            means,
        )
        return events.take(np.argsort(-means, kind="stable"))

    def to_instances(self) -> InstanceData:
        """As MMEngine's instances, with tensors on the CPU."""
        parts = dict(segments=self.segments, labels=self.labels, scores=self.scores)
        given = {name: value for name, value in parts.items() if value is not None}
        # Copies, because torch does not support negative strides.
        return InstanceData(**{name: torch.from_numpy(np.array(x)) for name, x in given.items()})

    def take(self, index: np.ndarray) -> "Events":
        """The events at an index array, or of a mask (N,)."""
        scores = None if self.scores is None else self.scores[index]
        return Events(self.segments[index], self.labels[index], scores)

    def above(self, score: float) -> "Events":
        """The events with at least the given score."""
        return self.take(np.asarray(self.scores, dtype=np.float64) >= score)

    def rescaled(self, factors: np.ndarray) -> "Events":
        """The same events with their scores multiplied by factors (N,), best first."""
        scores = np.asarray(self.scores) * factors
        return replace(self, scores=scores).take(np.argsort(-scores, kind="stable"))

    def relabelled(self, labels: Sequence[int]) -> "Events":
        """The same events with other labels (N,)."""
        return replace(self, labels=np.array(labels, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Event]:
        scores = [None] * len(self) if self.scores is None else self.scores.tolist()
        rows = zip(self.segments.tolist(), self.labels.tolist(), scores, strict=True)
        return (Event(start, end, label, score) for (start, end), label, score in rows)


class GroundTruth(NamedTuple):
    """Annotated events of several videos, one per row.

    Attributes:
        video: (N,) video of each event, any hashable name.
        segments: (N, 2) start and end in seconds.
        labels: (N,) class labels.
    """

    video: Sequence
    segments: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, videos: Mapping[str, Events]) -> "GroundTruth":
        """From the events of each video."""
        return cls(*_rows(videos))


class Predictions(NamedTuple):
    """Predicted events of several videos, one per row.

    Attributes:
        video: (N,) video of each event, as in the ground truth.
        segments: (N, 2) start and end in seconds.
        labels: (N,) class labels.
        scores: (N,) scores; of equal ones, the earlier counts as better.
    """

    video: Sequence
    segments: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, videos: Mapping[str, Events]) -> "Predictions":
        """From the events of each video.

        Raises:
            InputError: Events have no scores.
        """
        scores = [np.zeros(0)]
        for name, events in videos.items():
            if events.scores is None:
                raise InputError(f"the events of {name!r} have no scores")
            scores.append(events.scores)
        return cls(*_rows(videos), np.concatenate(scores))


def _rows(videos: Mapping[str, Events]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Video, segment and label of each event, concatenated over videos."""
    names = [name for name, events in videos.items() for _ in range(len(events))]
    segments = [np.zeros((0, 2)), *(events.segments for events in videos.values())]
    labels = [np.zeros(0, np.int64), *(events.labels for events in videos.values())]
    return names, np.concatenate(segments), np.concatenate(labels)
