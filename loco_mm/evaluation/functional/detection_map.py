"""Interpolated mean average precision of temporal detection.

The measure is ActivityNet's (Caba Heilbron et al., CVPR 2015): predictions of a class are taken
by falling score; each matches the best free ground truth of its video whose IoU reaches the
threshold, else it is false.

Shape letters: N ground truths, M predictions, K classes with ground truth, X thresholds,
G pairs of a video and a class, R predictions of a pair, E ground truths of a pair.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...structures import GroundTruth, Predictions, segment_iou

# Ground truths of a video and class whose ends both differ by no more are one, in seconds.
SAME = 1e-3


class DetectionMAP(NamedTuple):
    """The figures, as fractions.

    Attributes:
        tiou (ndarray): (X,) thresholds.
        mAP (ndarray): (X,) mean over classes.
        average_mAP (float): Mean of ``mAP``.
        classes (ndarray): (K,) classes with ground truth, rising.
        ap (ndarray): (K, X) average precision of each.
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
    without ground truth are left out; a class without predictions has AP 0.

    Args:
        ground_truth (GroundTruth): N events.
        predictions (Predictions): M events.
        tiou_thresholds (Sequence[float]): X temporal IoU thresholds.

    Returns:
        DetectionMAP: The figures; all 0 where there is no ground truth.
    """
    tiou = np.asarray(tiou_thresholds, dtype=np.float64)
    video_index: dict = {}
    for name in [*ground_truth.video, *predictions.video]:
        video_index.setdefault(name, len(video_index))
    gt = _Table.of(ground_truth, video_index)
    gt = gt.take(_distinct(gt))
    pred = _Table.of(predictions, video_index)
    scores = np.asarray(predictions.scores, dtype=np.float64).reshape(-1)
    best_first = np.argsort(-scores, kind="stable")
    pred = pred.take(best_first)

    hits = _match(gt, pred, tiou)
    classes, totals = np.unique(gt.label, return_counts=True)
    ap = np.zeros((len(classes), len(tiou)))
    # Stable, so that a class's predictions stay best first.
    by_class = np.argsort(pred.label, kind="stable")
    edges = np.searchsorted(pred.label[by_class], [classes, classes + 1])
    for row, (low, high) in enumerate(edges.T):
        if high > low:
            ap[row] = _average_precision(hits[by_class[low:high]], totals[row])
    mean = ap.mean(0) if len(classes) else np.zeros(len(tiou))
    return DetectionMAP(tiou, mean, float(mean.mean()), classes, ap)


class _Table(NamedTuple):
    """Events with numbered videos."""

    video: np.ndarray
    segment: np.ndarray
    label: np.ndarray

    @classmethod
    def of(cls, events: GroundTruth | Predictions, video_index: dict) -> "_Table":
        return cls(
            np.array([video_index[name] for name in events.video], dtype=np.int64),
            np.asarray(events.segments, dtype=np.float64).reshape(-1, 2),
            np.asarray(events.labels, dtype=np.int64).reshape(-1),
        )

    def take(self, index: np.ndarray) -> "_Table":
        return _Table(*(field[index] for field in self))


def _distinct(gt: _Table) -> np.ndarray:
    """Indices of the ground truths that repeat no earlier one."""
    seen: dict[tuple[int, int], list[np.ndarray]] = {}
    kept = []
    for index, (video, segment, label) in enumerate(zip(*gt, strict=True)):
        others = seen.setdefault((video, label), [])
        if not any(np.abs(segment - other).max() <= SAME for other in others):
            others.append(segment)
            kept.append(index)
    return np.array(kept, dtype=np.int64)


def _match(gt: _Table, pred: _Table, tiou: np.ndarray) -> np.ndarray:
    """(M, X) bool: whether a prediction, best first, matches at each threshold.

    Predictions compete within their video and class only. The first prediction of every such
    pair is matched in one step, then the second of every pair, and so on.
    """
    hits = np.zeros((len(pred.video), len(tiou)), dtype=bool)
    if not len(gt.video) or not len(pred.video):
        return hits
    width = max(gt.label.max(), pred.label.max()) + 1
    gt_key, pred_key = gt.video * width + gt.label, pred.video * width + pred.label
    pairs = np.unique(gt_key)
    gt_rows = _rows(gt_key, pairs)
    pred_rows = _rows(pred_key, pairs)
    free = np.repeat((gt_rows >= 0)[:, :, None], len(tiou), axis=2)
    targets = gt.segment[gt_rows]
    for rank in range(pred_rows.shape[1]):
        active = np.flatnonzero(pred_rows[:, rank] >= 0)
        prediction = pred_rows[active, rank]
        overlap = segment_iou(pred.segment[prediction][:, None], targets[active])[:, :, None]
        fits = free[active] & (overlap >= tiou)
        chosen = np.where(fits, overlap, -1).argmax(1)
        hit = fits.any(1)
        hits[prediction] = hit
        pair, threshold = np.nonzero(hit)
        free[active[pair], chosen[pair, threshold], threshold] = False
    return hits


def _rows(keys: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """(G, E or R) indices of the entries of each pair in their order, padded with -1."""
    group = np.minimum(np.searchsorted(pairs, keys), len(pairs) - 1)
    entry = np.flatnonzero(pairs[group] == keys)
    entry = entry[np.argsort(group[entry], kind="stable")]
    group = group[entry]
    place = np.arange(len(entry)) - np.searchsorted(group, group)
    rows = np.full((len(pairs), place.max(initial=-1) + 1), -1)
    rows[group, place] = entry
    return rows


def _average_precision(hits: np.ndarray, total: int) -> np.ndarray:
    """(X,) area under the interpolated precision-recall curve of hits (R, X), best first."""
    true = hits.cumsum(0)
    precision = true / np.arange(1, len(hits) + 1)[:, None]
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    # Recall rises by 1 / total at each hit.
    return (envelope * hits).sum(0) / total
