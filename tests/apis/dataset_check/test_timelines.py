"""Statistics of the positions of events in their videos."""

import numpy as np
import pytest

from loco_mm.apis.dataset_check.timelines import timeline_figures
from loco_mm.fileio import VideoAnnotation
from loco_mm.structures import Events


def video(duration, *events):
    segments = np.array([event[:2] for event in events], np.float32).reshape(-1, 2)
    return VideoAnnotation(duration, "train", Events(segments, np.array([e[2] for e in events])))


def test_figures_are_those_counted_by_hand():
    figures = timeline_figures(
        [
            # Half covered, by two events of one class and one inside them.
            video(20.0, (0.05, 4.0, 1), (2.0, 3.0, 2), (6.0, 12.05, 1)),
            # Filled by one event.
            video(10.0, (0.3, 9.9, 0)),
            video(10.0),
        ]
    )
    assert figures == pytest.approx(
        {
            "events whose class recurs in the video, %": 50,
            "videos that repeat a class, %": 100 / 3,
            "videos that one event fills, %": 100 / 3,
            "time that events cover, %": (50 + 96 + 0) / 3,
            "events that start with the video, %": 25,
        },
        rel=1e-5,
    )


def test_no_events_give_zeros():
    assert set(timeline_figures([video(5.0)]).values()) == {0.0}


def test_the_figures_of_unav100(shared):
    from loco_mm.fileio import read_annotations

    found = read_annotations(shared / "data" / "unav100_annotations.json").videos.values()
    figures = timeline_figures(x for x in found if x.subset == "train")
    assert [round(value) for value in figures.values()] == [65, 46, 36, 79, 27]
