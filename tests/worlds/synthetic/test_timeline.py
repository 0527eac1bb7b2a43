"""Times of events in a generated video."""

import numpy as np
import pytest

from loco_mm.worlds.synthetic.timeline import make_chain, make_duration, place_apart


def test_durations_lie_in_their_range_and_are_rather_long():
    rng = np.random.default_rng(0)
    durations = [make_duration(rng, 10, 60) for _ in range(2000)]
    assert min(durations) >= 10
    assert max(durations) <= 60
    assert np.median(durations) == pytest.approx(44, abs=2)  # UnAV-100: 44 s


@pytest.mark.parametrize("pace", [1.0, 2.0])
def test_a_chain_rises_with_gaps_and_ends_with_the_video(pace):
    rng = np.random.default_rng(1)
    ends = 0
    for _ in range(500):
        chain = make_chain(rng, 30.0, 2, pace)
        starts, stops = np.array(chain).T
        assert starts[0] >= 0
        assert stops[-1] <= 30.0
        assert (starts[1:] - stops[:-1] >= 2.0 / pace - 2e-3).all()
        assert (stops - starts)[:-1].min(initial=9) >= 1.0 / pace - 2e-3
        ends += stops[-1] == 30.0
    assert 100 < ends < 400


def test_a_video_shorter_than_the_least_event_still_has_one():
    rng = np.random.default_rng(2)
    for _ in range(50):
        ((start, end),) = make_chain(rng, 0.4, 1, 1.0)
        assert 0 <= start < end <= 0.4


def test_what_is_placed_keeps_the_gap_from_all_others():
    rng = np.random.default_rng(3)
    taken = [(12.0, 20.0), (3.0, 4.0)]
    places = [place_apart(rng, 30.0, taken, 1.0) for _ in range(300)]
    for start, end in places:
        assert end - start >= 1.0 - 2e-3
        assert all(end <= a - 2 + 2e-3 or start >= b + 2 - 2e-3 for a, b in taken)
    # Before all others, between them and after them, as far as there is space.
    middle, last = (sum(a < start < b for start, _ in places) for a, b in ((4, 12), (20, 30)))
    assert len(places) == middle + last + sum(start < 3 for start, _ in places)
    assert middle > 50
    assert last > 100


def test_nothing_is_placed_where_there_is_no_room():
    rng = np.random.default_rng(4)
    assert place_apart(rng, 10.0, [(0.0, 10.0)], 1.0) is None
    assert place_apart(rng, 10.0, [(2.9, 7.1)], 1.0) is None
    assert place_apart(rng, 10.0, [(3.0, 7.1)], 1.0) == (0.0, 1.0)
