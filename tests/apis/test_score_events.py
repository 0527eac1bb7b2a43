"""Events in class scores."""

import numpy as np
import pytest

from loco_mm.apis.score_events import EventRules, score_events
from loco_mm.errors import InputError
from loco_mm.structures import TemporalGrid

# Steps of 0.5 s; step 0 represents 0.5 s.
GRID = TemporalGrid(fps=4, num_frames=4, stride=2)
PLAIN = EventRules(smoothing=0, pause=0, shortest=0)


def found(columns, rules=PLAIN, duration=10.0):
    events = score_events(np.array(columns, np.float32).T, GRID, duration, rules)
    return [(e.start, e.end, e.label, round(e.score, 4)) for e in events]


def test_two_thresholds():
    """By hand: a step reaches 0.25 s before and after its centre."""
    scores = [0, 0.1, 0.3, 0.6, 0.2, 0.1, 0.3, 0.3, 0.1, 0]
    assert found([scores]) == [(1.25, 2.75, 0, round(1.1 / 3, 4))]


def test_ends_of_the_video():
    assert found([[0.8, 0.8, 0, 0.6, 0.6]], duration=3.25) == [
        (0, 1.25, 0, 0.8),
        (1.75, 3.25, 0, 0.6),
    ]


def test_classes_and_order():
    columns = [[0, 0.5, 0, 0], [0, 0, 0, 0], [0, 0, 0.9, 0]]
    assert found(columns) == [(1.25, 1.75, 2, 0.9), (0.75, 1.25, 0, 0.5)]


def test_pauses_are_part_of_an_event():
    scores = [0, 0.8, 0, 0.8, 0, 0, 0.8, 0]
    half, full = (EventRules(smoothing=0, pause=pause, shortest=0) for pause in (0.5, 1.0))
    assert [row[:2] for row in found([scores], half)] == [(3.25, 3.75), (0.75, 2.25)]
    assert [row[:2] for row in found([scores], full)] == [(0.75, 3.75)]


def test_short_events_are_left_out():
    scores = [0, 0.8, 0, 0.7, 0.7, 0]
    rules = EventRules(smoothing=0, pause=0, shortest=0.75)
    assert [row[:2] for row in found([scores], rules)] == [(1.75, 2.75)]


def test_smoothing_removes_single_peaks_and_gaps():
    """A moving median over three steps."""
    rules = EventRules(smoothing=1, pause=0, shortest=0)
    assert [row[:2] for row in found([[0, 0.9, 0, 0, 0.9, 0, 0.9, 0.9, 0, 0]], rules)] == [
        (2.75, 4.25)
    ]


def test_nothing():
    assert found([[0.1, 0.4, 0.1]]) == []


def test_rules_of_a_dict():
    assert EventRules.from_config(dict(low=0.1)) == EventRules(low=0.1)
    assert EventRules.from_config(PLAIN) is PLAIN
    with pytest.raises(InputError, match="rules: expected some of high, low, .*, got hihg"):
        EventRules.from_config(dict(hihg=0.5))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (dict(low=0.6), "rules.low: expected at most rules.high, 0.5, got 0.6"),
        (dict(pause=-1), "rules.pause: expected a number that is not negative, got -1"),
        (dict(high=float("nan")), "rules.high: expected a number, got nan"),
    ],
)
def test_rules_out_of_range(rules, message):
    with pytest.raises(InputError, match=message):
        EventRules(**rules)
