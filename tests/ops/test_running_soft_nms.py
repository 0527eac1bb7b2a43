"""Suppression of candidates that arrive over time, compared to that of all at once."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.ops import RunningCandidates, RunningSoftNMS, soft_nms

SETTINGS = [
    dict(sigma=0.4, min_score=0.001),
    dict(sigma=0.1, min_score=0.2, across_classes=True),
    dict(sigma=0.4, min_score=0.001, method="linear"),
    dict(sigma=0.4, min_score=0.001, method="hard", iou_threshold=0.2),
    dict(sigma=0.4, min_score=0.0, method="hard", across_classes=True),
]


def candidates(*rows):
    segments = np.array([row[:2] for row in rows], float).reshape(-1, 2)
    return RunningCandidates(
        segments, np.array([row[2] for row in rows]), np.array([row[3] for row in rows], np.int64)
    )


def arriving(rng, count=300, hop=4.0, steps=12):
    """Batches of candidates, none of which starts before that number of hops."""
    start = np.sort(rng.uniform(0, hop * steps, count))
    segments = np.stack([start, start + rng.uniform(0.1, 9.0, count)], 1)
    every = RunningCandidates(segments, rng.uniform(0, 1, count), rng.integers(0, 3, count))
    batches = [every.take((start // hop).astype(int) == n) for n in range(steps)]
    return every, [(batch, hop * (n + 1)) for n, batch in enumerate(batches)]


def rows_of(found):
    return sorted(zip(*(np.round(x, 9).tolist() for x in found), strict=True))


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("seed", range(4))
def test_the_results_are_those_of_all_candidates_at_once(settings, seed):
    every, batches = arriving(np.random.default_rng(seed))
    wanted = soft_nms(*map(torch.from_numpy, every), max_num=1000, **settings)
    running, found, early = RunningSoftNMS(0.0, **settings), [], 0
    for batch, bound in batches:
        final = running.update(batch, bound)
        assert (final.segments[:, 1] <= bound).all()
        assert running.earliest <= every.segments[:, 0].max()
        early += len(final.scores)
        found.append(final)
    found.append(running.update(RunningCandidates.none(), np.inf))
    assert running.earliest == np.inf
    assert rows_of(RunningCandidates.joined(*found)) == rows_of([x.numpy() for x in wanted])
    assert early > 0.5 * len(wanted[1])


def test_by_hand_when_a_candidate_is_final():
    running = RunningSoftNMS(0.0, sigma=0.5, min_score=0.01, method="linear", iou_threshold=0.0)
    # The second ends too late, and may lower the first, which may lower nothing of class 1.
    given = candidates((0, 4, 0.5, 0), (2, 6, 0.9, 0), (0, 4, 0.3, 1), (4, 5, 0.2, 1))
    assert rows_of(running.update(given, 5.0)) == rows_of(
        candidates((0, 4, 0.3, 1), (4, 5, 0.2, 1))
    )
    assert running.earliest == 0
    # It is lowered by a better one, but not enough to be second: 0.9 * (1 - 1 / 5).
    found = running.update(candidates((5, 7, 1.0, 0)), 7.0)
    wanted = candidates((5, 7, 1.0, 0), (2, 6, 0.72, 0), (0, 4, 0.5 * (1 - 2 / 6), 0))
    assert rows_of(found) == rows_of(wanted)


def test_a_worse_candidate_does_not_delay_a_better_one():
    running = RunningSoftNMS(0.0, sigma=0.5, min_score=0.01)
    found = running.update(candidates((0, 4, 0.5, 0), (2, 6, 0.4, 0)), 5.0)
    assert rows_of(found) == [([0.0, 4.0], 0.5, 0)]


@pytest.mark.parametrize("across_classes", [False, True])
def test_a_late_candidate_is_lowered_by_final_ones(across_classes):
    settings = dict(sigma=0.5, min_score=0.01, method="linear", iou_threshold=0.0)
    running = RunningSoftNMS(4.0, across_classes=across_classes, **settings)
    running.update(candidates((0, 4, 0.5, 0), (4, 8, 0.2, 1)), 8.0)
    # It begins before the bound, and is better, but comes too late to lower the first.
    found = running.update(candidates((2, 10, 0.9, 0)), 10.0)
    score = 0.9 * (1 - 4 / 8 * across_classes)
    # The first one ends more than 4 before the bound of 8, and is forgotten.
    assert rows_of(found) == [([2.0, 10.0], round(score, 9), 0)]
    running = RunningSoftNMS(5.0, across_classes=across_classes, **settings)
    running.update(candidates((0, 4, 0.5, 0), (4, 8, 0.2, 1)), 8.0)
    found = running.update(candidates((2, 10, 0.9, 0)), 10.0)
    assert rows_of(found) == [([2.0, 10.0], round(score * (1 - 2 / 10), 9), 0)]


def test_settings_are_checked():
    with pytest.raises(InputError, match="soft_nms.sigma: expected a positive number, got -1"):
        RunningSoftNMS(0.0, sigma=-1, min_score=0.1)
