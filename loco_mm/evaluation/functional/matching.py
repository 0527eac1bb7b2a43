"""Which predictions match a ground truth.

Shape letters: N ground truths, M predictions, X thresholds, C candidates: pairs of a prediction
and a ground truth of its video and class.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...structures import segment_iou

# Candidates whose IoU is computed in one step; some 100 MB.
_AT_ONCE = 2**20
# Candidates of a prediction, from which on it is faster to take it alone.
_MANY = 512


class EventTable(NamedTuple):
    """Events of many videos.

    Attributes:
        group: (N,) integer for video and class: only events of one can match.
        segment: (N, 2) start and end.
    """

    group: np.ndarray
    segment: np.ndarray

    def take(self, index: np.ndarray) -> "EventTable":
        """Those of an index array."""
        return EventTable(self.group[index], self.segment[index])


def match_events(gt: EventTable, pred: EventTable, tiou: np.ndarray) -> np.ndarray:
    """Match predictions, best first, each with the best ground truth that is still free.

    Memory grows with the numbers of events, not with their product.

    Args:
        gt: N ground truths; of two that fit equally well the first is taken.
        pred: M predictions, best first.
        tiou: (X,) thresholds, more than 0.

    Returns:
        ndarray: (M, X) bool: whether a prediction matches at each threshold.
    """
    hits = np.zeros((len(pred.group), len(tiou)), dtype=bool)
    if not hits.size or not len(gt.group):
        return hits
    order = np.lexsort((gt.segment[:, 0], gt.group))
    rows = np.flatnonzero(np.isin(pred.group, gt.group))
    rows = rows[np.argsort(pred.group[rows], kind="stable")]
    pred = pred.take(rows)
    free = np.ones((len(gt.group), len(tiou)), dtype=bool)
    for row, place in _blocks(*_ranges(gt.take(order), pred, tiou.min())):
        target = order[place]
        overlap = segment_iou(pred.segment[row], gt.segment[target])
        # By the least threshold at which each is still free.
        fits = overlap >= np.where(free, tiou, np.inf).min(1)[target]
        candidates = row[fits], target[fits], overlap[fits]
        match = _one_by_one if len(row) > _MANY * (row[-1] - row[0] + 1) else _all_at_once
        # They find in `free` what has been taken before, also by this loop.
        for matched, taken, number in match(*candidates, free, tiou):
            hits[rows[matched], number] = True
            free[taken, number] = False
    return hits


def _one_by_one(
    row: np.ndarray, target: np.ndarray, overlap: np.ndarray, free: np.ndarray, tiou: np.ndarray
) -> Iterator[tuple]:
    """For each row its best free target, as :func:`_all_at_once`: for rows of many candidates."""
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
    """Rows that match, the targets that they take, and the threshold.

    A target is taken by the first of those that want it. So this is a stable matching in which
    all targets prefer the lower row, and the proposals of many rows at once lead to it (Gale and
    Shapley, 1962).

    Args:
        row: (C,) rows, rising.
        target: (C,) targets of each.
        overlap: (C,) IoU of the two.
        free: (N, X) bool: whether a target may be taken.
        tiou: (X,) thresholds.
    """
    rank = np.lexsort((target, -overlap, row))
    row, target, overlap = row[rank], target[rank], overlap[rank]
    for number, threshold in enumerate(tiou):
        fits = free[target, number] & (overlap >= threshold)
        yield *_propose(row[fits], target[fits], len(free)), number


def _ranges(gt: EventTable, pred: EventTable, tiou: float) -> tuple[np.ndarray, np.ndarray]:
    """(M,) first and last + 1 of the ground truths that a prediction may overlap by ``tiou``.

    Args:
        gt: Sorted by group, then by start.
        pred: Predictions.
        tiou: The least threshold.
    """
    # A start further off leaves less than the threshold, however long the other event is. A
    # little is added for rounding.
    start, end = pred.segment.T
    slack = 1e-6 * (1 + np.abs(start) + np.abs(end))
    earliest = start - (end - start) * (1 - tiou) / tiou - slack
    latest = start + (end - start) * (1 - tiou) + slack
    return _count_below(gt, pred.group, earliest), _count_below(gt, pred.group, latest)


def _count_below(gt: EventTable, group: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(M,) number of sorted ground truths of a lower group, or of that and an earlier start."""
    groups = np.concatenate([group, gt.group])
    starts = np.concatenate([start, gt.segment[:, 0]])
    order = np.lexsort((starts, groups))
    before = (order >= len(group)).cumsum()
    count = np.empty(len(groups), dtype=np.int64)
    count[order] = before
    return count[: len(group)]


def _blocks(low: np.ndarray, high: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Candidates (C,), (C,): rows of predictions, in their order, and places within the ranges."""
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
    """Rows that get a target, and the target that each gets.

    Args:
        row: (C,) rows, rising; the lower has precedence.
        target: (C,) what a row may get, what it likes best first.
        num_targets: All targets.
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
