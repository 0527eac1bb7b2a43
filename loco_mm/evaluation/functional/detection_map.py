"""Interpolated mean average precision of temporal detection.

The measure is ActivityNet's (Caba Heilbron et al., CVPR 2015): the predictions of a class are
sorted by score; each is matched with the unmatched ground truth of its video that has the highest
IoU of at least the threshold, and otherwise counts as a false positive.

Shape letters: N ground truths, M predictions, K classes with ground truth, X thresholds,
R predictions of a class.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch

from ...arrays import as_numbers, bad_argument, check_finite, check_labels, check_segments
from ...schema import show
from ...structures import GroundTruth, Predictions
from .matching import EventTable, match_events

Rows = TypeVar("Rows", GroundTruth, Predictions)

# Ground truths of the same video and class are duplicates if both ends agree within this, in s.
SAME = 1e-3


class DetectionMAP(NamedTuple):
    """Results, as fractions.

    Attributes:
        tiou: (X,) thresholds.
        mAP: (X,) mean over classes.
        average_mAP: Mean of ``mAP`` over thresholds.
        classes: (K,) classes with ground truth, in ascending order.
        ap: (K, X) average precision of each class.
    """

    tiou: np.ndarray
    mAP: np.ndarray
    average_mAP: float
    classes: np.ndarray
    ap: np.ndarray


def detection_map(
    ground_truth: GroundTruth, predictions: Predictions, tiou_thresholds: Sequence[float]
) -> DetectionMAP:
    """Mean average precision at each threshold.

    Duplicate ground truth (same video and class, both ends within 1 ms) counts once. Classes
    without ground truth are ignored; a class without predictions has AP 0.

    Args:
        ground_truth: N events.
        predictions: M events.
        tiou_thresholds: X thresholds of the temporal IoU, in (0, 1].

    Returns:
        DetectionMAP: The results; all 0 if there is no ground truth.

    Raises:
        InputError: A threshold is out of range; the numbers of videos, segments, labels or scores
            differ; a segment ends before it starts; or a value is not a finite number.
    """
    ranked = rank_predictions(ground_truth, predictions, tiou_thresholds)
    ap = ranked.average_precisions()
    mean = ap.mean(0) if len(ap) else np.zeros(len(ranked.tiou))
    return DetectionMAP(ranked.tiou, mean, float(mean.mean()), ranked.classes, ap)


class RankedPredictions(NamedTuple):
    """Predictions by class, best first, and what they match.

    Attributes:
        tiou: (X,) thresholds.
        gt: N ground truths, without duplicates.
        pred: M predictions, by class, best first.
        classes: (K,) classes with ground truth, in ascending order.
        ranges: (K, 2) first and last + 1 prediction of each class.
        totals: (K,) number of ground truths of each class.
        match: (M, X) index of the ground truth that a prediction matches; -1 if there is none.
    """

    tiou: np.ndarray
    gt: GroundTruth
    pred: Predictions
    classes: np.ndarray
    ranges: np.ndarray
    totals: np.ndarray
    match: np.ndarray

    def average_precisions(self, kept: np.ndarray | None = None) -> np.ndarray:
        """(K, X) average precision of each class.

        Args:
            kept: (M, X) bool: the predictions that count; None for all.
        """
        ap = np.zeros((len(self.classes), len(self.tiou)))
        for row, (low, high) in enumerate(self.ranges):
            for number in range(len(self.tiou)):
                hits = self.match[low:high, number] >= 0
                if kept is not None:
                    hits = hits[kept[low:high, number]]
                ap[row, number] = interpolated(hits)[hits].sum() / self.totals[row]
        return ap


def rank_predictions(
    ground_truth: GroundTruth, predictions: Predictions, tiou_thresholds: Sequence[float]
) -> RankedPredictions:
    """Sort predictions by class and score, and match them with the ground truth.

    The arguments and errors are those of :func:`detection_map`.
    """
    tiou = _thresholds(tiou_thresholds)
    gt = _checked("ground_truth", ground_truth, GroundTruth)
    pred = _checked("predictions", predictions, Predictions)
    video_index: dict = {}
    for name in [*gt.video, *pred.video]:
        video_index.setdefault(name, len(video_index))
    width = max(gt.labels.max(initial=0), pred.labels.max(initial=0)) + 1
    gt = _take(gt, _distinct(_table(gt, video_index, width)))
    # Stable, so that of equal scores the first prediction comes first.
    pred = _take(pred, np.lexsort((-pred.scores, pred.labels)))
    classes, totals = np.unique(gt.labels, return_counts=True)
    return RankedPredictions(
        tiou,
        gt,
        pred,
        classes,
        np.searchsorted(pred.labels, [classes, classes + 1]).T,
        totals,
        match_events(_table(gt, video_index, width), _table(pred, video_index, width), tiou),
    )


def _take(events: Rows, index: np.ndarray) -> Rows:
    """The events at some indices."""
    video, *arrays = events
    return type(events)([video[row] for row in index], *(array[index] for array in arrays))


def _table(events: GroundTruth | Predictions, video_index: dict, width: int) -> EventTable:
    """Table of events, grouped by video and class, with ``width`` classes."""
    video = np.array([video_index[name] for name in events.video], dtype=np.int64)
    return EventTable(video * width + events.labels, events.segments)


def _thresholds(given: Sequence[float]) -> np.ndarray:
    where = "detection_map.tiou_thresholds"
    tiou = as_numbers(where, given, ("X",)).astype(np.float64)
    if not len(tiou) or not ((tiou > 0) & (tiou <= 1)).all():
        raise bad_argument(where, show(given), "thresholds above 0, up to 1")
    return tiou


def _checked(name: str, events: Any, kind: type[Rows]) -> Rows:
    """Events with their fields converted to arrays."""
    where = f"detection_map.{name}"
    if not isinstance(events, kind):
        raise bad_argument(where, type(events).__name__, f"a {kind.__name__}")
    fields = events._asdict()
    video = fields.pop("video")
    if isinstance(video, str) or not hasattr(video, "__len__"):
        raise bad_argument(f"{where}.video", show(video), "a list of videos")
    if torch.is_tensor(video):
        video = video.tolist()
    try:
        set(video)
    except TypeError:
        raise bad_argument(
            f"{where}.video", show(video), "names that can be keys of a dict"
        ) from None
    shapes = dict(segments=(len(video), 2), labels=(len(video),), scores=(len(video),))
    arrays = {n: as_numbers(f"{where}.{n}", value, shapes[n]) for n, value in fields.items()}
    arrays["labels"] = check_labels(f"{where}.labels", arrays["labels"])
    arrays["segments"] = arrays["segments"].astype(np.float64)
    check_segments(f"{where}.segments", arrays["segments"])
    if "scores" in arrays:
        arrays["scores"] = arrays["scores"].astype(np.float64)
        check_finite(f"{where}.scores", arrays["scores"])
    return kind(video, **arrays)


def _distinct(gt: EventTable) -> np.ndarray:
    """Indices of the ground truths that are not duplicates of earlier ones."""
    # Duplicates are in the same or in adjacent cells of a hash grid with few events per cell.
    kept_in: dict[tuple[int, int, int], list[np.ndarray]] = {}
    cells = np.floor(gt.segment / (2 * SAME)).astype(np.int64).tolist()
    kept = []
    rows = zip(gt.group.tolist(), gt.segment, cells, strict=True)
    for index, (group, segment, (row, column)) in enumerate(rows):
        near = (
            other
            for i in (row - 1, row, row + 1)
            for j in (column - 1, column, column + 1)
            for other in kept_in.get((group, i, j), ())
        )
        if not any(np.abs(segment - other).max() <= SAME for other in near):
            kept_in.setdefault((group, row, column), []).append(segment)
            kept.append(index)
    return np.array(kept, dtype=np.int64)


def interpolated(hits: np.ndarray) -> np.ndarray:
    """(R,) interpolated precision of predictions that are hits or not (R,), best first.

    Recall increases with each hit by the same step, so that the sum over hits, divided by the
    number of ground truths, is the area under the curve.
    """
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    return np.maximum.accumulate(precision[::-1])[::-1]
