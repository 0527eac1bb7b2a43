"""Error analysis for a page."""

import numpy as np
import pytest

from loco_mm.apis.pages import diagnose_page
from loco_mm.structures import Events
from loco_mm.visualization import PageVideo


def events(*rows):
    rows = np.array(rows, dtype=float)
    return Events(rows[:, :2], rows[:, 2].astype(int), rows[:, 3] if rows.shape[1] > 3 else None)


def test_videos_with_ground_truth_are_diagnosed():
    pred = events((0, 4, 0, 0.9), (5, 6, 1, 0.8), (6, 7, 1, 0.7))
    known = PageVideo("a", 10.0, pred, events((0, 4, 0), (6, 7, 1)))
    unknown = PageVideo("b", 10.0, pred)
    found = diagnose_page([known, unknown], ("bark", "rain"))
    assert (found["num_videos"], found["num_events"], found["num_predictions"]) == (1, 2, 3)
    assert found["classes"]["bark"]["AP"] == pytest.approx(1)
    assert found["classes"]["rain"]["AP"] == pytest.approx(0.5)


def test_without_annotated_events_there_is_nothing_to_diagnose():
    pred = events((0, 4, 0, 0.9))
    videos = [PageVideo("a", 10.0, pred), PageVideo("b", 10.0, pred, Events.none())]
    assert diagnose_page(videos, ("bark",)) is None
