"""Timelines: what is drawn where."""

import struct

import pytest
from matplotlib.patches import Rectangle

from loco_mm.visualization import Event, draw_timeline, timeline_figure

TRUTH = [Event(5.0, 8.0, "rain"), Event(0.0, 4.0, "bark"), Event(6.0, 9.0, "bark")]
FOUND = [Event(0.5, 4.5, "bark", 0.9), Event(2.0, 3.0, "horn", 0.3)]


def bars(axis):
    patches = [p for p in axis.patches if isinstance(p, Rectangle)]
    return sorted((p.get_x(), p.get_x() + p.get_width(), p.get_y()) for p in patches)


def labels(axis):
    return [text.get_text() for text in axis.get_yticklabels()]


def test_bars_stand_at_their_seconds_in_a_row_a_class():
    truth, found = timeline_figure("video", 10.0, TRUTH, FOUND).axes
    assert labels(truth) == ["bark", "rain"]
    assert labels(found) == ["bark", "horn"]
    rows = [(start, end) for start, end, _ in bars(truth)]
    assert rows == [(0.0, 4.0), (5.0, 8.0), (6.0, 9.0)]
    heights = {start: y for start, _, y in bars(truth)}
    assert heights[0.0] == heights[6.0] < heights[5.0]
    assert [(start, end) for start, end, _ in bars(found)] == [(0.5, 4.5), (2.0, 3.0)]
    assert found.get_xlim() == (0.0, 10.0)
    assert sorted(text.get_text() for text in found.texts) == ["0.30", "0.90"]


def test_better_predictions_are_darker():
    _, found = timeline_figure("video", 10.0, TRUTH, FOUND).axes
    alpha = {p.get_x(): p.get_alpha() for p in found.patches}
    assert alpha[0.5] > alpha[2.0]


def test_overlapping_predictions_of_a_class_lie_side_by_side():
    events = [
        Event(0.0, 5.0, "bark", 0.4),
        Event(1.0, 4.0, "bark", 0.8),
        Event(4.0, 6.0, "bark", 0.6),
    ]
    _, found = timeline_figure("video", 10.0, TRUTH, events).axes
    lane = {p.get_x(): (p.get_y(), p.get_height()) for p in found.patches}
    assert lane[1.0] == lane[4.0]
    assert lane[0.0][0] == pytest.approx(sum(lane[1.0]))
    assert labels(found) == ["bark"]


def test_a_video_without_events_is_drawn():
    truth, found = timeline_figure("video", 10.0, [], []).axes
    assert labels(truth) == labels(found) == ["(none)"]


def test_the_file_is_a_png_of_the_figure(tmp_path):
    path = tmp_path / "new" / "x.png"
    draw_timeline(path, "video", 10.0, TRUTH, FOUND)
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width == 990
    assert 200 < height < 500
