"""Diagnosis of a prediction file: which events are found, and which errors cost how much."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..evaluation.functional import GroundTruth, Predictions
from ..evaluation.functional.error_analysis import (
    KINDS,
    ErrorAnalysis,
    analyze_errors,
    confusion_counts,
    costs_of_errors,
    kinds_by_rank,
    missed_share,
    normalized_map,
    recall_curve,
    rows_by_video,
)
from ..evaluation.metrics.segment_map import DEFAULT_TIOU
from ..fileio import VideoAnnotation
from ..structures import Events
from .evaluation import read_split

# Upper ends of the groups of events; the last group has none.
LENGTHS = (2.0, 5.0, 10.0, 30.0)
COVERAGES = (0.2, 0.4, 0.6, 0.8)
OVERLAPS = (0, 1, 2)
EVENT_COUNTS = (1, 3, 7)
# Maximum number of confused pairs of classes.
_MOST_PAIRS = 20


@dataclass(frozen=True)
class EventGroup:
    """Events with a similar property.

    Attributes:
        name: Range of the property.
        num_events: Number of events.
        normalized_mAP: Average normalized mAP, as a fraction; None if there are no events.
        missed: Share of the events that no prediction matches; None if there are no events.
    """

    name: str
    num_events: int
    normalized_mAP: float | None
    missed: float | None


@dataclass(frozen=True)
class Diagnosis:
    """Result of :func:`diagnose`. mAPs and shares are fractions.

    Attributes:
        num_videos: Number of videos of the split.
        num_events: Number of their annotated events, without duplicates.
        num_predictions: Number of predictions for these videos.
        tiou: Threshold of the temporal IoU for everything that needs a single one.
        average_mAP: Average mAP over the usual thresholds.
        groups: Groups of events by property: ``length``, ``coverage``, ``overlap``, ``events per
            video``.
        shares: Share of each kind among the 10 G best predictions of all classes, where G is the
            number of events of a class.
        shares_by_rank: The same for ranks up to G, from G to 2 G, and so on.
        costs: Gain in average mAP if a kind of error were removed.
        classes: AP averaged over thresholds, number of events, and share of missed events, by name.
        confusion: Most frequent confusions: class of the event, predicted class, and number.
        confusion_matrix: Number by class of the event (row) and predicted class (column).
        class_names: Class names by label.
        curves: Interpolated precision at 101 recalls from 0 to 1, mean over classes, by threshold.
    """

    num_videos: int
    num_events: int
    num_predictions: int
    tiou: float
    average_mAP: float
    groups: dict[str, list[EventGroup]]
    shares: dict[str, float]
    shares_by_rank: dict[int, dict[str, float]]
    costs: dict[str, float]
    classes: dict[str, dict[str, float]]
    confusion: list[tuple[str, str, int]]
    confusion_matrix: list[list[int]]
    class_names: list[str]
    curves: dict[str, list[float]]

    def as_dict(self) -> dict[str, Any]:
        """The content as JSON types."""
        return asdict(self)


def diagnose(
    predictions: str | Path,
    annotations: str | Path,
    subset: str = "test",
    tiou: float = 0.5,
    lengths: Sequence[float] = LENGTHS,
) -> Diagnosis:
    """Diagnose a prediction file.

    Args:
        predictions: File in ActivityNet form.
        annotations: File in the UnAV-100 form.
        subset: Split to diagnose; predictions for videos of other splits are ignored.
        tiou: One of the thresholds 0.1, 0.2, ..., 0.9, for everything that needs a single one.
        lengths: Upper ends in seconds of the groups of events by length.

    Raises:
        InputError: A file is invalid, a predicted video is not in the annotations, or the split is
            empty or has no events.
    """
    split = read_split(predictions, annotations, subset)
    return diagnose_videos(split.videos, split.predictions, split.class_names, tiou, lengths)


def diagnose_videos(
    videos: Mapping[str, VideoAnnotation],
    predictions: Mapping[str, Events],
    class_names: Sequence[str],
    tiou: float = 0.5,
    lengths: Sequence[float] = LENGTHS,
) -> Diagnosis:
    """Diagnose predictions for annotated videos.

    Args:
        videos: The videos, with at least one event.
        predictions: Predicted events by video id.
        class_names: Class names by label.
        tiou, lengths: See :func:`diagnose`.
    """
    analysis = analyze_errors(
        GroundTruth.of({name: video.events for name, video in videos.items()}),
        Predictions.of(predictions),
        DEFAULT_TIOU,
    )
    number = int(np.argmin(np.abs(np.asarray(DEFAULT_TIOU) - tiou)))
    ap = analysis.ranked.average_precisions().mean(1)
    counts = confusion_counts(analysis, len(class_names), number)
    top = analysis.kind[analysis.is_top, number]
    shares = np.bincount(top, minlength=len(KINDS)) / max(len(top), 1)
    return Diagnosis(
        num_videos=len(videos),
        num_events=len(analysis.ranked.gt.labels),
        num_predictions=len(analysis.kind),
        tiou=float(DEFAULT_TIOU[number]),
        average_mAP=float(ap.mean()),
        groups=_groups(analysis, videos, lengths, number),
        shares=dict(zip(KINDS, shares.tolist(), strict=True)),
        shares_by_rank=dict(kinds_by_rank(analysis, number)),
        costs=costs_of_errors(analysis),
        classes=_classes(analysis, ap, class_names, number),
        confusion=_pairs(counts, class_names),
        confusion_matrix=counts.tolist(),
        class_names=list(class_names),
        curves={
            f"{threshold:g}": recall_curve(analysis, index).tolist()
            for index, threshold in enumerate(DEFAULT_TIOU)
        },
    )


def _groups(
    analysis: ErrorAnalysis,
    videos: Mapping[str, VideoAnnotation],
    lengths: Sequence[float],
    number: int,
) -> dict[str, list[EventGroup]]:
    gt = analysis.ranked.gt
    length = gt.segments[:, 1] - gt.segments[:, 0]
    duration = np.array([videos[video].duration for video in gt.video])
    counts, overlaps = _neighbours(gt)
    properties = {
        "length": (length, lengths, "s"),
        "coverage": (length / np.maximum(duration, 1e-9), COVERAGES, ""),
        "overlap": (overlaps, OVERLAPS, ""),
        "events per video": (counts, EVENT_COUNTS, ""),
    }
    return {
        name: [
            EventGroup(
                text,
                int(members.sum()),
                _or_none(normalized_map(analysis, members)),
                _or_none(missed_share(analysis, members, number)),
            )
            for text, members in _members(values, ends, unit)
        ]
        for name, (values, ends, unit) in properties.items()
    }


def _neighbours(gt: GroundTruth) -> tuple[np.ndarray, np.ndarray]:
    """(N,) number of events of the same video, and number of other events that overlap in time."""
    counts, overlaps = np.zeros(len(gt.video), int), np.zeros(len(gt.video), int)
    for rows in rows_by_video(gt.video).values():
        start, end = gt.segments[rows].T
        crosses = (start[:, None] < end[None]) & (start[None] < end[:, None])
        counts[rows] = len(rows)
        overlaps[rows] = crosses.sum(1) - crosses.diagonal()
    return counts, overlaps


def _members(values: np.ndarray, ends: Sequence[float], unit: str) -> list[tuple[str, np.ndarray]]:
    """Name and members of each group: values up to its end, and above that of the previous one."""
    whole = values.dtype.kind == "i"
    groups = []
    edges = [-np.inf, *ends, np.inf]
    for low, high in zip(edges, edges[1:], strict=False):
        first = f"{low + 1:g}" if whole else f"{low:g}"
        if high == np.inf:
            text = f"{first} or more" if whole else f"above {first}"
        elif low == -np.inf:
            text = f"{high:g}" if whole else f"up to {high:g}"
        else:
            text = f"{high:g}" if whole and high == low + 1 else f"{first} to {high:g}"
        groups.append((f"{text} {unit}".strip(), (values > low) & (values <= high)))
    return groups


def _classes(
    analysis: ErrorAnalysis, ap: np.ndarray, names: Sequence[str], number: int
) -> dict[str, dict[str, float]]:
    ranked = analysis.ranked
    return {
        names[label]: {
            "AP": float(of_class),
            "events": int(total),
            "missed": missed_share(analysis, ranked.gt.labels == label, number),
        }
        for label, of_class, total in zip(ranked.classes, ap, ranked.totals, strict=True)
    }


def _pairs(counts: np.ndarray, names: Sequence[str]) -> list[tuple[str, str, int]]:
    """Most frequent confusions."""
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
    rows, columns = np.unravel_index(order, wrong.shape)
    return [
        (names[row], names[column], int(wrong[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if wrong[row, column]
    ]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
