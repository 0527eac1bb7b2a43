"""Matches predictions with ground truth.

Shape letters: N ground truths, M predictions, X thresholds, C candidates: pairs of a prediction
and a ground truth of the same video and class.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...structures import segment_iou

# Number of candidates whose IoU is computed at once; about 100 MB.
_AT_ONCE = 2**20
# Predictions with at least this many candidates are faster to process one by one.
_MANY = 512


class EventTable(NamedTuple):
    """Events of many videos.

    Attributes:
        group: (N,) integer for video and class; only events of the same group can match.
        segment: (N, 2) start and end.
    """

    group: np.ndarray
    segment: np.ndarray

    def take(self, index: np.ndarray) -> "EventTable":
        """The events at the indices of an array."""
        return EventTable(self.group[index], self.segment[index])


def match_events(gt: EventTable, pred: EventTable, tiou: np.ndarray) -> np.ndarray:
    """Match predictions in order, each with the best ground truth that is not matched yet.

    Memory is proportional to the number of events, not to the number of pairs.

    Args:
        gt: N ground truths; the first of equally good ones is preferred.
        pred: M predictions, best first.
        tiou: (X,) thresholds, greater than 0.

    Returns:
        ndarray: (M, X) int32: index of the ground truth that a prediction matches at each
        threshold, -1 if there is none.
    """
    matches = np.full((len(pred.group), len(tiou)), -1, dtype=np.int32)
    if not matches.size or not len(gt.group):
        return matches
    order = np.lexsort((gt.segment[:, 0], gt.group))
    rows = np.flatnonzero(np.isin(pred.group, gt.group))
    rows = rows[np.argsort(pred.group[rows], kind="stable")]
    pred = pred.take(rows)
    free = np.ones((len(gt.group), len(tiou)), dtype=bool)
    for row, place in _blocks(*_ranges(gt.take(order), pred, tiou.min())):
        target = order[place]
        overlap = segment_iou(pred.segment[row], gt.segment[target])
        # Sorted by the lowest threshold at which each ground truth is still unmatched.
        fits = overlap >= np.where(free, tiou, np.inf).min(1)[target]
        candidates = row[fits], target[fits], overlap[fits]
        match = _one_by_one if len(row) > _MANY * (row[-1] - row[0] + 1) else _all_at_once
        # Each of them sees in `free` all earlier matches, including those of this loop.
        for matched, taken, number in match(*candidates, free, tiou):
            matches[rows[matched], number] = taken
            free[taken, number] = False
    return matches


def _one_by_one(
    row: np.ndarray, target: np.ndarray, overlap: np.ndarray, free: np.ndarray, tiou: np.ndarray
) -> Iterator[tuple]:
    """Like :func:`_all_at_once`, for rows with many candidates: one row after the other."""
    for part in np.split(np.arange(len(row)), np.flatnonzero(np.diff(row)) + 1):
        if not len(part):
            continue
        candidate, fit = target[part], overlap[part]
        for number in np.flatnonzero(tiou <= fit.max()):
            open_fit = np.where(free[candidate, number], fit, 0)
            best = open_fit.max()
            if best >= tiou[number]:
                yield row[part[0]], candidate[open_fit == best].min(), number


def _all_at_once(
    row: np.ndarray, target: np.ndarray, overlap: np.ndarray, free: np.ndarray, tiou: np.ndarray
) -> Iterator[tuple]:
    """Yield matching rows, their targets and the threshold.

    A target goes to the first row that prefers it. This is a stable matching in which all targets
    prefer the lower row, so it can be found by proposals of many rows at once (Gale and Shapley,
    1962).

    Args:
        row: (C,) rows, in ascending order.
        target: (C,) target of each candidate.
        overlap: (C,) IoU of row and target.
        free: (N, X) bool: whether a target is unmatched.
        tiou: (X,) thresholds.
    """
    rank = np.lexsort((target, -overlap, row))
    row, target, overlap = row[rank], target[rank], overlap[rank]
    for number, threshold in enumerate(tiou):
        fits = free[target, number] & (overlap >= threshold)
        yield *_propose(row[fits], target[fits], len(free)), number


def _ranges(gt: EventTable, pred: EventTable, tiou: float) -> tuple[np.ndarray, np.ndarray]:
    """(M,) first and last + 1 index of the ground truths that may overlap a prediction enough.

    Args:
        gt: Ground truths, sorted by group, then by start.
        pred: Predictions.
        tiou: The lowest threshold.
    """
    # A start farther away implies a lower IoU, whatever the length of the other event. The margin
    # allows for rounding.
    start, end = pred.segment.T
    slack = 1e-6 * (1 + np.abs(start) + np.abs(end))
    earliest = start - (end - start) * (1 - tiou) / tiou - slack
    latest = start + (end - start) * (1 - tiou) + slack
    return _count_below(gt, pred.group, earliest), _count_below(gt, pred.group, latest)


def _count_below(gt: EventTable, group: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(M,) number of sorted ground truths in lower groups, or in the same group before a start."""
    groups = np.concatenate([group, gt.group])
    starts = np.concatenate([start, gt.segment[:, 0]])
    order = np.lexsort((starts, groups))
    before = (order >= len(group)).cumsum()
    count = np.empty(len(groups), dtype=np.int64)
    count[order] = before
    return count[: len(group)]


def _blocks(low: np.ndarray, high: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of candidates (C,), (C,): rows of predictions in order, and indices in the ranges."""
    counts = (high - low).clip(0)
    ends = counts.cumsum()
    first = 0
    while first < len(counts):
        done = ends[first] - counts[first]
        last = max(first + 1, int(np.searchsorted(ends, done + _AT_ONCE, side="right")))
        part = slice(first, last)
        row = np.repeat(np.arange(first, last), counts[part])
        place = np.arange(ends[last - 1] - done) + np.repeat(
            low[part] - (ends[part] - counts[part] - done), counts[part]
        )
        if len(row):
            yield row, place
        first = last


def _propose(
    row: np.ndarray, target: np.ndarray, num_targets: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that get a target, and the target of each.

    Args:
        row: (C,) rows, in ascending order; lower rows have precedence.
        target: (C,) candidate targets of each row, most preferred first.
        num_targets: Total number of targets.
    """
    first = np.flatnonzero(np.diff(row, prepend=-1))
    end = np.append(first[1:], len(row))
    asking = np.arange(len(first))
    at = first.copy()
    holder = np.full(num_targets, len(first))
    while True:
        wanted = target[at[asking]]
        np.minimum.at(holder, wanted, asking)
        refused = asking[holder[wanted] != asking]
        if not len(refused):
            return row[first[asking]], wanted
        at[refused] += 1
        asking = asking[at[asking] < end[asking]]
