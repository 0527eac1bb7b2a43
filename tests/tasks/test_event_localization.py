"""The data sample that models and metrics read."""

import numpy as np

from loco_mm.structures import Events, TemporalGrid
from loco_mm.tasks import EVENTS

GRID = TemporalGrid(16, 16, 4)
ON_GRID = Events(np.array([[1.0, 3.0]], np.float32), np.array([4]))
IN_SECONDS = Events(np.array([[0.75, 1.25], [5.0, 6.0]], np.float32), np.array([4, 2]))


def test_the_crop_is_an_instance_and_the_whole_video_is_meta():
    sample = EVENTS.sample("v", 7.5, GRID, on_grid=ON_GRID, in_seconds=IN_SECONDS)
    assert (sample.video_id, sample.duration, sample.grid) == ("v", 7.5, GRID)
    assert sample.gt_instances.segments.tolist() == [[1.0, 3.0]]
    assert sample.gt_instances.labels.tolist() == [4]
    assert sample.gt_segments_sec.tolist() == [[0.75, 1.25], [5.0, 6.0]]
    assert sample.gt_labels.tolist() == [4, 2]


def test_without_ground_truth():
    sample = EVENTS.sample("v", 7.5, GRID)
    assert "gt_instances" not in sample
    assert "gt_labels" not in sample


def test_an_example_has_its_events_on_the_grid_and_in_seconds():
    sample = EVENTS.example(20, 5, ON_GRID, "v")
    assert sample.gt_instances.segments.tolist() == [[1.0, 3.0]]
    # Grid step g is at (4 g + 8) / 16 s.
    assert sample.gt_segments_sec.tolist() == [[0.75, 1.25]]
    assert len(EVENTS.example(20, 5).gt_instances.labels) == 0
