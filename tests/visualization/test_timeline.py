"""Timelines: positions of the drawn events."""

import struct

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from loco_mm.structures import Events
from loco_mm.visualization import draw_timeline, timeline_figure

CLASSES = ("rain", "bark", "horn")


def make_events(*rows):
    """Events from rows (start, end, class name, score); without a score, ground truth."""
    scores = np.array([row[3] for row in rows]) if len(rows[0]) > 3 else None
    labels = np.array([CLASSES.index(row[2]) for row in rows])
    return Events(np.array([row[:2] for row in rows]), labels, scores)


GT = make_events((5.0, 8.0, "rain"), (0.0, 4.0, "bark"), (6.0, 9.0, "bark"))
PRED = make_events((0.5, 4.5, "bark", 0.9), (2.0, 3.0, "horn", 0.3))


def bars(axis):
    patches = [p for p in axis.patches if isinstance(p, Rectangle)]
    return sorted((p.get_x(), p.get_x() + p.get_width(), p.get_y()) for p in patches)


def labels(axis):
    return [text.get_text() for text in axis.get_yticklabels()]


def test_bars_stand_at_their_seconds_in_a_row_per_class():
    truth, found = timeline_figure("video", 10.0, GT, PRED, CLASSES).axes
    assert labels(truth) == ["bark", "rain"]
    # The rows below are the same, and then those that are only predicted.
    assert labels(found) == ["bark", "rain", "horn"]
    rows = [(start, end) for start, end, _ in bars(truth)]
    assert rows == [(0.0, 4.0), (5.0, 8.0), (6.0, 9.0)]
    heights = {start: y for start, _, y in bars(truth)}
    assert heights[0.0] == heights[6.0] < heights[5.0]
    assert [(start, end) for start, end, _ in bars(found)] == [(0.5, 4.5), (2.0, 3.0)]
    assert found.get_xlim() == (0.0, 10.0)
    assert sorted(text.get_text() for text in found.texts) == ["0.30", "0.90"]


def test_better_predictions_are_darker():
    _, found = timeline_figure("video", 10.0, GT, PRED, CLASSES).axes
    alpha = {p.get_x(): p.get_alpha() for p in found.patches}
    assert alpha[0.5] > alpha[2.0]


def test_overlapping_predictions_of_a_class_lie_side_by_side():
    events = make_events((0.0, 5.0, "bark", 0.4), (1.0, 4.0, "bark", 0.8), (4.0, 6.0, "bark", 0.6))
    _, found = timeline_figure("video", 10.0, GT, events, CLASSES).axes
    lane = {p.get_x(): (p.get_y(), p.get_height()) for p in found.patches}
    assert lane[1.0] == lane[4.0]
    assert lane[0.0][0] == pytest.approx(sum(lane[1.0]))
    assert labels(found) == ["bark", "rain"]


def test_unknown_ground_truth_is_left_out():
    (found,) = timeline_figure("video", 10.0, None, PRED, CLASSES).axes
    assert found.get_title(loc="left") == "predictions"
    assert labels(found) == ["bark", "horn"]


def test_the_legend_explains_the_opacity():
    figure = timeline_figure("video", 10.0, GT, PRED, CLASSES)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["annotated", "predicted: the higher the score, the darker"]
    shades = [patch.get_alpha() for patch in figure.legends[0].findobj(Rectangle)]
    assert sorted(shades[-3:]) == pytest.approx([0.225, 0.525, 0.825])
    alone = timeline_figure("video", 10.0, None, PRED, CLASSES).legends[0]
    assert [text.get_text() for text in alone.get_texts()] == texts[1:]


def test_a_video_without_events_is_drawn():
    truth, found = timeline_figure("video", 10.0, Events.none(), Events.none(), CLASSES).axes
    assert labels(truth) == labels(found) == ["(none)"]


def test_models_are_drawn_below_each_other_in_the_same_order_of_classes():
    other = make_events((0.0, 3.0, "horn", 0.9), (1.0, 3.0, "rain", 0.5))
    models = {"$base": PRED, "LoCo": other, "none": Events.none()}
    figure = timeline_figure("video", 10.0, GT, models, CLASSES)
    truth, first, second, third = figure.axes
    assert labels(truth) == ["bark", "rain"]
    assert labels(first) == labels(second) == labels(third) == ["bark", "rain", "horn"]
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == ["ground truth", "$base", "LoCo", "none"]
    assert [(start, end) for start, end, _ in bars(second)] == [(0.0, 3.0), (1.0, 3.0)]
    assert second.get_xlim() == (0.0, 10.0)


def test_the_file_is_a_png_of_the_figure(tmp_path):
    path = tmp_path / "new" / "x.png"
    draw_timeline(path, "video", 10.0, GT, PRED, CLASSES)
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width == 990
    assert 200 < height < 500


def test_names_are_text_and_no_formulas():
    classes = ("$x^2$", r"\frac{1}{0} $", "a\nb" + 50 * "c")
    gt = Events(np.array([[0.0, 1.0]] * 3), np.arange(3))
    figure = timeline_figure("$_\x1b", 10.0, gt, Events.none(), classes)
    assert labels(figure.axes[0]) == [*classes[:2], r"a\nb" + 35 * "c" + "…"]
    assert figure.get_suptitle() == r"$_\x1b  (10 s)"
    assert not any(text.get_parse_math() for text in figure.axes[0].get_yticklabels())
    figure.draw_without_rendering()
