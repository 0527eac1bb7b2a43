"""Error analysis of detections.

Follows DETAD (Alwassel et al., Diagnosing Error in Temporal Action Detectors, ECCV 2018), and for
normalized precision Hoiem et al. (Diagnosing Error in Object Detectors, ECCV 2012). Events of
several classes may overlap here, so that a prediction is first compared with the events of its own
class, where DETAD compares it with the event that it overlaps most.

Shape letters: N ground truths, M predictions, K classes with ground truth, X thresholds, C classes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ...structures import GroundTruth, Predictions, segment_iou
from .detection_map import RankedPredictions, interpolated, rank_predictions

# Kinds of predictions; the numbers of ``ErrorAnalysis.kind`` are indices. At a threshold of the
# temporal IoU, and 0.1 as the lower threshold:
KINDS = (
    # Matches an annotated event.
    "true positive",
    # Overlaps an event of its class enough, which a better prediction has matched.
    "double detection",
    # Overlaps an event of another class enough.
    "wrong label",
    # Overlaps an event of its class, but not enough.
    "localization",
    # Overlaps an event of another class, but not enough.
    "confusion",
    # Overlaps no event.
    "background",
)
LOWER = 0.1
# A class with G events has its 10 G best predictions analyzed.
TOP = 10


class ErrorAnalysis(NamedTuple):
    """Errors of predictions.

    Attributes:
        ranked: The predictions by class, best first, and their matches.
        kind: (M, X) kind of each ranked prediction at each threshold, an index of ``KINDS``.
        is_top: (M,) whether it is among the 10 G best ones of its class.
        rank: (M,) its rank within the class, divided by G; infinity for classes without events.
        confused: (M,) label of the event of another class that it overlaps most; -1 if none.
    """

    ranked: RankedPredictions
    kind: np.ndarray
    is_top: np.ndarray
    rank: np.ndarray
    confused: np.ndarray


def analyze_errors(
    ground_truth: GroundTruth, predictions: Predictions, tiou_thresholds: Sequence[float]
) -> ErrorAnalysis:
    """Find the kind of each prediction.

    Args:
        ground_truth: N events.
        predictions: M events.
        tiou_thresholds: X thresholds of the temporal IoU, in (0, 1].

    Raises:
        InputError: As :func:`detection_map`.
    """
    ranked = rank_predictions(ground_truth, predictions, tiou_thresholds)
    own, other, confused = _overlaps(ranked)
    kind = np.full(ranked.match.shape, KINDS.index("background"))
    for number, threshold in enumerate(ranked.tiou):
        # From the weakest condition to the strongest one.
        for name, holds in (
            ("confusion", other >= min(LOWER, threshold)),
            ("localization", own >= min(LOWER, threshold)),
            ("wrong label", other >= threshold),
            ("double detection", own >= threshold),
            ("true positive", ranked.match[:, number] >= 0),
        ):
            kind[holds, number] = KINDS.index(name)
    rank = np.full(len(kind), np.inf)
    for (low, high), total in zip(ranked.ranges, ranked.totals, strict=True):
        rank[low:high] = np.arange(1, high - low + 1) / total
    return ErrorAnalysis(ranked, kind, rank <= TOP, rank, confused)


def _overlaps(ranked: RankedPredictions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(M,) best IoU with events of the same class, with events of others, and label of these."""
    count = len(ranked.match)
    own, other = np.zeros(count), np.zeros(count)
    confused = np.full(count, -1)
    gt, pred = ranked.gt, ranked.pred
    by_video = rows_by_video(gt.video)
    for video, rows in rows_by_video(pred.video).items():
        events = by_video.get(video)
        if events is None:
            continue
        overlap = segment_iou(pred.segments[rows][:, None], gt.segments[events][None])
        same = pred.labels[rows][:, None] == gt.labels[events][None]
        own[rows] = np.where(same, overlap, 0).max(1)
        others = np.where(same, 0, overlap)
        other[rows] = others.max(1)
        found = gt.labels[events][others.argmax(1)]
        confused[rows] = np.where(others.max(1) > 0, found, -1)
    return own, other, confused


def rows_by_video(videos: Sequence) -> dict:
    """Indices of the rows of each video, given the video of each row."""
    rows: dict = {}
    for row, video in enumerate(videos):
        rows.setdefault(video, []).append(row)
    return rows


def costs_of_errors(analysis: ErrorAnalysis) -> dict[str, float]:
    """Gain in average mAP, as a fraction, if all predictions of a kind of error were removed.

    Kinds depend on the threshold, so that each threshold has its own predictions removed.
    """
    ranked = analysis.ranked
    if not len(ranked.classes):
        return dict.fromkeys(KINDS[1:], 0.0)
    whole = ranked.average_precisions().mean()
    return {
        name: float(ranked.average_precisions(analysis.kind != number).mean() - whole)
        for number, name in enumerate(KINDS)
        if name != "true positive"
    }


def normalized_map(analysis: ErrorAnalysis, members: np.ndarray) -> float:
    """Average normalized mAP on some of the events, as a fraction.

    Predictions that match other events are ignored. Precision is computed as if each class had the
    mean number of events of a class, so that groups of different sizes can be compared.

    Args:
        analysis: Result of :func:`analyze_errors`.
        members: (N,) whether an event, of ``analysis.ranked.gt``, belongs to the group.

    Returns:
        float: Mean over thresholds, and over classes with events in the group; NaN if it is empty.
    """
    ranked = analysis.ranked
    normal = len(ranked.gt.labels) / max(len(ranked.classes), 1)
    found = []
    for label, (low, high) in zip(ranked.classes, ranked.ranges, strict=True):
        total = np.count_nonzero(members & (ranked.gt.labels == label))
        if not total:
            continue
        match = ranked.match[low:high]
        inside = (match >= 0) & members[match]
        false = (match < 0).cumsum(0)
        recall = inside.cumsum(0) / total
        precision = recall * normal / np.maximum(recall * normal + false, 1e-12)
        envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        found.append((envelope * inside).sum(0) / total)
    return float(np.mean(found)) if found else float("nan")


def missed_share(analysis: ErrorAnalysis, members: np.ndarray, number: int) -> float:
    """Share of the events of a group that no prediction matches; NaN if it is empty.

    Args:
        analysis: Result of :func:`analyze_errors`.
        members: (N,) whether an event belongs to the group.
        number: Index of the threshold.
    """
    matched = np.zeros(len(members), dtype=bool)
    match = analysis.ranked.match[:, number]
    matched[match[match >= 0]] = True
    return float(np.mean(~matched[members])) if members.any() else float("nan")


def confusion_counts(analysis: ErrorAnalysis, num_classes: int, number: int) -> np.ndarray:
    """(C, C) number of the top predictions by class of the event, and predicted class.

    True positives are on the diagonal, and predictions with a wrong label beside it.

    Args:
        analysis: Result of :func:`analyze_errors`.
        num_classes: Number C of classes.
        number: Index of the threshold.
    """
    kind = np.where(analysis.is_top, analysis.kind[:, number], -1)
    labels = analysis.ranked.pred.labels
    counts = np.zeros((num_classes, num_classes), dtype=np.int64)
    for name, truth in (("true positive", labels), ("wrong label", analysis.confused)):
        rows = kind == KINDS.index(name)
        np.add.at(counts, (truth[rows], labels[rows]), 1)
    return counts


def recall_curve(analysis: ErrorAnalysis, number: int, points: int = 101) -> np.ndarray:
    """(points,) interpolated precision at evenly spaced recalls from 0 to 1, mean over classes.

    Args:
        analysis: Result of :func:`analyze_errors`.
        number: Index of the threshold.
        points: Number of recalls.
    """
    ranked = analysis.ranked
    recalls = np.linspace(0, 1, points)
    curve = np.zeros(points)
    for (low, high), total in zip(ranked.ranges, ranked.totals, strict=True):
        hits = ranked.match[low:high, number] >= 0
        # Precision of the first prediction that reaches a recall; 0 beyond the last one.
        best = np.append(interpolated(hits)[hits], 0.0)
        needed = np.ceil(recalls * total - 1e-9).astype(int).clip(1)
        curve += best[np.minimum(needed - 1, len(best) - 1)]
    return curve / max(len(ranked.classes), 1)


def kinds_by_rank(analysis: ErrorAnalysis, number: int) -> Mapping[int, dict[str, float]]:
    """Shares of each kind among the predictions of rank (k - 1) G to k G, for k from 1 to 10.

    Args:
        analysis: Result of :func:`analyze_errors`.
        number: Index of the threshold.
    """
    shares = {}
    band = np.ceil(analysis.rank - 1e-9)
    for place in range(1, TOP + 1):
        kinds = analysis.kind[band == place, number]
        counts = np.bincount(kinds, minlength=len(KINDS))
        shares[place] = dict(zip(KINDS, (counts / max(len(kinds), 1)).tolist(), strict=True))
    return shares
