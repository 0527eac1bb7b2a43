"""Data of a page."""

import base64

import numpy as np
import pytest

from loco_mm.structures import Events, TemporalGrid
from loco_mm.visualization.page.contents import PageVideo, page_data

from .conftest import events

GRID = TemporalGrid(fps=10, num_frames=10, stride=5)


def contents(video, classes=("a", "b", "c")):
    return page_data("x\n", [video], classes, 0.3)["videos"][0]


def test_events_as_rows():
    pred = events((1.23456, 2, 1, 0.87654), (0, 1, 0, 0.02), (0, 1, 0, 0.0199))
    found = contents(PageVideo("a\u202e", 10.00049, pred, events((0.5, 1, 2))))
    assert found == dict(
        id="a\\u202e",
        file="a\\u202e.mp4",
        subset="test",
        duration=10.0,
        pred=[[1.235, 2.0, 1, 0.87654], [0.0, 1.0, 0, 0.02]],
        gt=[[0.5, 1.0, 2]],
        wave=None,
        curves=None,
    )
    assert contents(PageVideo("a", 1.0, Events.none()))["gt"] is None
    names = page_data("x", [PageVideo("a\u202e", 1.0, pred)], ("b", "c\t"), 0.3)["originals"]
    assert names == {"a\\u202e": "a\u202e", "a\\u202e.mp4": "a\u202e.mp4", "c\\t": "c\t"}


def test_a_long_video_may_have_more():
    def rows(score):
        scores = np.full(1000, score, np.float32)
        return Events(np.tile([0.0, 1.0], (1000, 1)), np.zeros(1000, np.int64), scores)

    assert len(contents(PageVideo("a", 30.0, rows(0.25)))["pred"]) == 200
    assert len(contents(PageVideo("a", 180.0, rows(0.25)))["pred"]) == 600
    # What the table contains is in the page, too.
    assert len(contents(PageVideo("a", 30.0, rows(0.5)))["pred"]) == 1000


def test_the_page_compares_scores_as_the_table_does():
    rows = events((0, 1, 0, 0.3), (1, 2, 0, 0.29997), (2, 3, 0, 0.01))
    data = page_data("x", [PageVideo("a", 3.0, rows)], ["a"], 0.3)
    shown = [row for row in data["videos"][0]["pred"] if row[3] >= data["threshold"]]
    assert len(shown) == len(rows.above(0.3)) == 1
    low = page_data("x", [PageVideo("a", 3.0, rows)], ["a"], 0.01)
    assert (low["least"], len(low["videos"][0]["pred"])) == (0.01, 3)


def points(curves, number):
    return list(base64.b64decode(curves["values"][number]))


def test_curves_of_what_is_annotated_and_what_scores():
    scores = np.zeros((5, 3), np.float32)
    scores[2, 1], scores[3, 0] = 0.4, 0.01
    video = PageVideo("a", 4.0, Events.none(), events((1, 2, 2)), None, scores, GRID)
    curves = contents(video)["curves"]
    assert curves["labels"] == [2, 1]
    assert (curves["start"], curves["step"], curves["top"]) == (0.5, 0.5, 0.5)
    assert points(curves, 0) == [0] * 5
    assert points(curves, 1) == [0, 0, 204, 0, 0]
    assert contents(PageVideo("a", 4.0, Events.none()))["curves"] is None


def test_curves_of_long_videos_keep_their_peaks():
    scores = np.zeros((3200, 1), np.float32)
    scores[3199] = 1
    video = PageVideo("a", 1600.0, Events.none(), None, None, scores, GRID)
    curves = contents(video, ("a",))["curves"]
    assert len(points(curves, 0)) == 1067
    assert points(curves, 0)[-2:] == [0, 255]
    # Each is the maximum over three steps, at the middle one.
    assert curves["top"] == 1
    assert (curves["start"], curves["step"]) == (pytest.approx(1.0), 1.5)
