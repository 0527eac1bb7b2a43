"""Packets, gaps and damages of a stream."""

import pytest

from loco_mm.errors import InputError
from loco_mm.media.track import Track, longest_gap, shared_gaps


def make_track(*packets):
    track = Track("x.mp4", "video", 0)
    for start, length, move in packets:
        track.add(start, length, move)
        track.packets += 1
    return track


def test_gaps_and_the_end():
    track = make_track((2.0, 1.0, 0.0), (4.0, 1.0, 0.0), (3.0, 1.0, 0.0), (5.25, 1.0, 0.0))
    assert track.gaps == [(0.0, 2.0), (3.0, 4.0)]
    assert track.end == 6.25
    assert longest_gap(track.gaps) == (0.0, 2.0)
    assert longest_gap([]) == (0.0, 0.0)


def test_moves_by_the_number_of_a_packet():
    track = make_track((0.0, 1.0, -1.5), (1.0, 1.0, -1.5), (2.0, 1.0, 3.0))
    assert [track.move(number) for number in range(4)] == [-1.5, -1.5, 3.0, 3.0]


def test_at_most_a_tenth_may_be_damaged():
    track = make_track(*((float(number), 1.0, 0.0) for number in range(20)))
    track.count_damaged("broken")
    track.count_damaged("broken")
    with pytest.raises(
        InputError, match=r"x.mp4: more than 10% of the 20 packets of its video .*\(broken\)"
    ):
        track.count_damaged("broken")


@pytest.mark.parametrize(
    "first, second, shared",
    [
        ([], [(0, 9)], []),
        ([(0, 5), (7, 9)], [(2, 8)], [(2, 5), (7, 8)]),
        ([(0, 1), (4, 5)], [(1, 4), (4.5, 4.75), (4.8, 9)], [(4.5, 4.75), (4.8, 5)]),
    ],
)
def test_gaps_of_both(first, second, shared):
    assert shared_gaps(first, second) == shared_gaps(second, first) == shared
