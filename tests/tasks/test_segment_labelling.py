"""Samples with segment labels."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.models.heads import SegmentLabels
from loco_mm.structures import Events
from loco_mm.tasks import SEGMENTS

# Three classes; the later event replaces the labels of the earlier one.
EVENTS = Events(np.array([[0.5, 3.0], [3.0, 3.9]], np.float32), np.array([2, 1]))


def test_an_example_has_the_events_it_is_asked_for():
    sample = SEGMENTS.example(6, 3, EVENTS, "v")
    assert sample.video_id == "v"
    assert sample.gt_segment_labels.tolist() == [3, 2, 2, 1, 3, 3]
    assert sample.gt_video_label.tolist() == [0, 1, 0, 0]
    shares = SEGMENTS.example(6, 3, EVENTS, proportion=True).gt_video_label
    assert shares.tolist() == pytest.approx([0, 1 / 6, 2 / 6, 3 / 6])
    nothing = SEGMENTS.example(2, 3)
    assert nothing.gt_segment_labels.tolist() == [3, 3]
    assert nothing.gt_video_label.tolist() == [0, 0, 0, 1]


def test_findings_are_fields_of_the_sample():
    sample = SEGMENTS.sample("v")
    SEGMENTS.attach(sample, SegmentLabels(np.array([1, 0]), np.array([[0.1, 0.9], [0.6, 0.4]])))
    assert sample.pred_segment_labels.tolist() == [1, 0]
    assert sample.pred_segment_scores.tolist() == [[0.1, 0.9], [0.6, 0.4]]


@pytest.mark.parametrize("given", [(dict(fps=1), None), (None, 3.0)])
def test_segments_have_no_grid_and_no_duration(given):
    with pytest.raises(
        InputError,
        match=r"inference\.grid, duration: expected None for a model of segments, got a value",
    ):
        SEGMENTS.inference_sample("v", 4, None, *given)
