"""Events, their times and class names."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents
from loco_mm.fileio import Annotations, VideoAnnotation
from loco_mm.fileio.event_table import file_of, make_event, seconds
from loco_mm.structures import Events


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5", 12.5),
        (" 3 ", 3.0),
        ("01:02.5", 62.5),
        ("1:00:00,250", 3600.25),
        ("90:00", 5400.0),
        (7, 7.0),
    ],
)
def test_times(text, expected):
    assert seconds("x", "start", text) == expected


@pytest.mark.parametrize("text", ["", "abc", "-1", "nan", "inf", "1:2:3:4", "1e12", None, True])
def test_what_is_no_time(text):
    with pytest.raises(InputError, match=f"^x: expected seconds.*, got start {text!r}"):
        seconds("x", "start", text)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((2, 1, "a"), "expected an end after the start, got start 2 and end 1"),
        ((1, 2, " "), "expected a name, got label ' '"),
        ((1, 2, None), "expected a name, got label None"),
        ((1, 2, "a", "high"), "expected a number, got score 'high'"),
    ],
)
def test_what_is_no_event(values, message):
    with pytest.raises(InputError, match=f"^x: {message}"):
        make_event("x", *values)


def test_events_with_labels_get_their_names():
    events = Events(
        np.array([[0.1, 7.53]], np.float32), np.array([1]), np.array([0.25], np.float32)
    )
    table = EventTable.of_events(dict(a=events, b=Events.none()), ["rain", "dog"])
    # Float32 times have as many digits as when they were written.
    assert table.videos["a"].events == [NamedEvent(0.1, 7.53, "dog", 0.25)]
    assert table.videos["b"].events == []
    assert table.classes == ("rain", "dog") and table.is_scored
    assert len(table.above(0.3).videos["a"].events) == 0 and len(table.videos["a"].events) == 1


def test_annotations_keep_length_and_split():
    events = Events(np.array([[0, 1]], np.float32), np.array([0]))
    content = Annotations(dict(a=VideoAnnotation(9.5, "test", events)), ("rain",))
    video = EventTable.of_annotations(content).videos["a"]
    assert video == VideoEvents([NamedEvent(0, 1, "rain")], None, 9.5, "test")


def test_class_names_keep_a_known_order():
    table = EventTable(dict(a=VideoEvents([NamedEvent(0, 1, x) for x in "cab"])))
    assert table.class_names() == ("a", "b", "c")
    table.classes = ("c", "z")
    assert table.class_names() == ("c", "z", "a", "b")


def test_a_video_of_a_file():
    table = EventTable()
    assert table.video("x", "https://host/some/a.mp4?t=1")[0] == "a"
    assert table.video("x", "b")[0] == "b"
    assert file_of("b", table.videos["b"]) == "b"
    assert file_of("c", VideoEvents()) == "c.mp4"
    with pytest.raises(
        InputError, match="expected one media file with the id 'b', got 'b' and 'b.mkv'"
    ):
        table.video("x", "b.mkv")
    with pytest.raises(
        InputError, match="x: video id: expected a name without path separators, got ''"
    ):
        table.video("x", "folder/")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("75:30", 4530), ("1:59:59.5", 7199.5), ("0:0:1", 1), ("100:00:00", 360000), ("1:02,5", 62.5)],
)
def test_clock_times(text, wanted):
    assert seconds("x", "start", text) == wanted


@pytest.mark.parametrize("text", ["99:99", "1:75:00", "12:60", "1:2:3:4", "0:60:00"])
def test_times_that_no_clock_shows(text):
    with pytest.raises(InputError, match=f"x: expected seconds, got start '{text}'"):
        seconds("x", "start", text)
