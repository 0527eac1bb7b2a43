"""Files whose timestamps restart or jump."""

import pytest

from loco_mm.media.timeline import AHEAD, BACK, Timeline

VIDEO, AUDIO = 0, 1


def place(timeline, packets):
    """Positions of packets (stream, time) with a length of 1 s."""
    return [time + timeline.move(stream, time, 1.0) for stream, time in packets]


def test_what_plays_on_stays():
    timeline = Timeline(jumps=True)
    packets = [(VIDEO, 0.0), (AUDIO, 0.5), (VIDEO, 1.0), (VIDEO, 1.0 - BACK), (AUDIO, 2.0 + AHEAD)]
    assert place(timeline, packets) == [time for _, time in packets]
    assert timeline.starts == []


def test_a_restart_goes_on_where_the_part_before_ended():
    timeline = Timeline(jumps=False)
    packets = [(VIDEO, 0.0), (VIDEO, 1.0), (VIDEO, 2.0), (VIDEO, 0.5), (VIDEO, 1.5)]
    assert place(timeline, packets) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert timeline.starts == [3.0]


def test_both_streams_of_a_part_are_moved_alike():
    """Although packets of the previous part follow its first one."""
    timeline = Timeline(jumps=False)
    first = [(VIDEO, 0.0), (AUDIO, 0.0), (VIDEO, 5.0), (AUDIO, 4.0)]
    assert place(timeline, first) == [0.0, 0.0, 5.0, 4.0]
    assert place(timeline, [(VIDEO, 0.25), (AUDIO, 5.0), (VIDEO, 1.25), (AUDIO, 0.5)]) == [
        6.0,
        5.0,
        7.0,
        6.25,
    ]
    assert timeline.starts == [6.0]


def test_a_stream_that_ended_early_starts_again_with_the_other():
    timeline = Timeline(jumps=False)
    packets = [(AUDIO, 0.0), (AUDIO, 1.5), (VIDEO, 0.0), (VIDEO, 99.0)]
    place(timeline, packets)
    assert place(timeline, [(AUDIO, 0.0), (VIDEO, 0.0)]) == [100.0, 100.0]


@pytest.mark.parametrize("jumps, wanted", [(True, 2.0), (False, 1000.0)])
def test_a_jump_ahead_is_a_pause_but_in_a_transport_stream(jumps, wanted):
    timeline = Timeline(jumps)
    assert place(timeline, [(VIDEO, 0.0), (VIDEO, 1.0), (VIDEO, 1000.0)])[-1] == wanted


def test_one_packet_of_a_wrong_time_changes_little():
    timeline = Timeline(jumps=True)
    placed = place(timeline, [(VIDEO, t) for t in (0.0, 1.0, 2.0, 9999.0, 4.0, 5.0)])
    assert placed == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
