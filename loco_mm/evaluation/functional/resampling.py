"""Paired comparison of detectors over seeds and videos, by the bootstrap.

The bootstrap (Efron, 1979) draws videos with replacement. Two detectors are compared on the same
draws, so that the difficulty of the videos does not matter.

Shape letters: V videos, D draws, S seeds, N ground truths, M predictions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...structures import GroundTruth, Predictions
from .detection_map import rank_predictions


class Comparison(NamedTuple):
    """Difference of two detectors: of their average mAP, as a fraction.

    Attributes:
        difference: Mean over seeds, on all videos.
        low: Lower end of the 95 % confidence interval.
        high: Upper end of the 95 % confidence interval.
        p_value: Two-sided: twice the share of draws whose difference has the rarer sign, where the
            observed difference counts as one more draw (Davison and Hinkley, 1997).
    """

    difference: float
    low: float
    high: float
    p_value: float


def draw_counts(size: int, draws: int, seed: int = 0) -> np.ndarray:
    """(D, size) how often each of ``size`` items is drawn, if ``size`` are drawn each time."""
    return np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), draws)


def resampled_map(
    ground_truth: GroundTruth,
    predictions: Predictions,
    tiou_thresholds: Sequence[float],
    videos: Sequence,
    counts: np.ndarray,
) -> np.ndarray:
    """Average mAP on draws of videos, as if a video that is drawn k times were k videos.

    Args:
        ground_truth: N events.
        predictions: M events.
        tiou_thresholds: Thresholds of the temporal IoU, in (0, 1].
        videos: V videos, all that occur in the ground truth and in the predictions.
        counts: (D, V) how often each draw contains each video, see :func:`draw_counts`.

    Returns:
        ndarray: (D,) average mAP, as a fraction. Classes without ground truth in a draw are
        ignored, as in :func:`detection_map`.
    """
    ranked = rank_predictions(ground_truth, predictions, tiou_thresholds)
    place = {video: number for number, video in enumerate(videos)}
    of_pred = np.array([place[video] for video in ranked.pred.video], dtype=np.int64)
    of_gt = np.array([place[video] for video in ranked.gt.video], dtype=np.int64)
    ap = np.full((len(ranked.classes), len(counts)), np.nan)
    for row, (label, (low, high)) in enumerate(zip(ranked.classes, ranked.ranges, strict=True)):
        total = counts[:, of_gt[ranked.gt.labels == label]].sum(1)
        weights = counts[:, of_pred[low:high]]
        rank = weights.cumsum(1)
        found = [
            _weighted_precision(weights[:, hits], rank[:, hits], total)
            for hits in map(np.flatnonzero, ranked.match[low:high].T >= 0)
        ]
        ap[row, total > 0] = np.mean(found, axis=0)[total > 0]
    return np.nan_to_num(ap).sum(0) / np.maximum((~np.isnan(ap)).sum(0), 1)


def _weighted_precision(weights: np.ndarray, rank: np.ndarray, total: np.ndarray) -> np.ndarray:
    """(D,) average precision.

    Args:
        weights: (D, hits) how often each hit occurs.
        rank: (D, hits) number of predictions up to each hit.
        total: (D,) number of ground truths.
    """
    precision = weights.cumsum(1) / np.maximum(rank, 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return (envelope * weights).sum(1) / np.maximum(total, 1)


def compare_paired(
    first: np.ndarray, second: np.ndarray, drawn: tuple[np.ndarray, np.ndarray], seed: int = 0
) -> Comparison:
    """Compare two detectors, each trained with the same seeds.

    Seeds are drawn with replacement as well. With few seeds, this underestimates their spread: the
    interval of three seeds is too narrow.

    Args:
        first: (S,) average mAP of the first detector on all videos.
        second: (S,) that of the second one.
        drawn: (S, D) average mAP of the first, and of the second detector, on the same draws.
        seed: Random seed of the draws of seeds.

    Returns:
        Comparison: Second minus first.
    """
    change = drawn[1] - drawn[0]
    counts = draw_counts(len(change), change.shape[1], seed)
    of_draws = (counts.T * change).mean(0)
    low, high = np.percentile(of_draws, [2.5, 97.5])
    rarer = (1 + min(np.sum(of_draws <= 0), np.sum(of_draws >= 0))) / (1 + len(of_draws))
    return Comparison(
        float(np.mean(second) - np.mean(first)), float(low), float(high), min(1.0, 2 * float(rarer))
    )
