"""Overlapping events."""

import numpy as np
import pytest

from loco_mm.apis.dataset_check.events import _overlaps, _overlaps_own
from loco_mm.structures import Events


@pytest.mark.parametrize("seed", range(20))
def test_events_that_share_time_as_all_pairs_tell(seed):
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 40, 30)
    segments = np.stack([start, start + rng.integers(1, 6, 30)], 1).astype(np.float32)
    events = Events(segments, rng.integers(0, 4, 30))
    start, end = segments.T
    shared = (start[:, None] < end) & (start < end[:, None]) & ~np.eye(30, dtype=bool)
    assert _overlaps(events).tolist() == shared.any(1).tolist()
    before = (start < start[:, None]) | (start == start[:, None]) & np.tri(30, k=-1, dtype=bool)
    own = shared & before & (events.labels == events.labels[:, None])
    assert _overlaps_own(events).tolist() == own.any(1).tolist()


def test_no_and_many_events():
    none = Events(np.zeros((0, 2), np.float32), np.zeros(0, int))
    assert len(_overlaps(none)) == len(_overlaps_own(none)) == 0
    # A matrix of all pairs would not fit into memory.
    start = np.arange(200_000, dtype=np.float32)
    events = Events(np.stack([start, start + 1.5], 1), np.arange(200_000) % 2)
    assert _overlaps(events).all()
    assert not _overlaps_own(events).any()
