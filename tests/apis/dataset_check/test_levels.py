"""Events with and without points."""

import functools

import numpy as np
import pytest
import torch
from mmengine.config import Config

from loco_mm.apis.dataset_check.levels import point_coverage, without_points
from loco_mm.models.heads import BaseEventHead, PointHead
from loco_mm.models.necks import FusionDecoder
from loco_mm.structures import TemporalGrid

GRID = TemporalGrid(fps=1, num_frames=2, stride=1)  # step g at g + 1 s


def reach(small_model, **point_generator):
    small_model.head.point_generator = dict(type="PyramidPointGenerator", **point_generator)
    return point_coverage(Config(dict(model=small_model)))


def lost(tried, *segments, steps=30):
    return without_points(tried, np.array(segments, float).reshape(-1, 2), steps, GRID).tolist()


def test_points_of_a_pyramid(small_model):
    found = reach(small_model)
    # Between two steps; on a step, but not strictly inside; around a step; after the last step.
    segments = [(3.1, 3.9), (3.0, 4.0), (2.9, 3.1), (30.1, 33), (0, 500)]
    assert lost(found, *segments) == [True, True, False, True, False]
    assert lost(found) == []


@pytest.mark.parametrize(
    ("segment", "expected"),
    # In the first range, the farther end is at most 3 steps away, and no point of the other levels
    # (every second, fourth and eighth step) is 6 to 7 steps away from an end.
    [((10, 14), False), ((10, 16), False), ((2, 29), True)],
)
def test_ranges_that_leave_events_out(small_model, segment, expected):
    ranges = [(0, 4), (4, 8), (8, 9), (9, 10)]
    assert lost(reach(small_model, regression_ranges=ranges), segment) == [expected]


def test_events_are_tried_alone(small_model):
    """In training, one of two equal events would lose its points to the other."""
    assert lost(reach(small_model), (2.9, 3.1), (2.95, 3.05)) == [False, False]


def test_a_part_that_computes_while_it_is_made(small_model, monkeypatch):
    """Such a part cannot be built on the meta device."""
    init = FusionDecoder.__init__

    @functools.wraps(init)
    def computing(self, *arguments, **options):
        init(self, *arguments, **options)
        self.number = torch.ones(2).sum().item()

    monkeypatch.setattr(FusionDecoder, "__init__", computing)
    assert lost(reach(small_model), (2.9, 3.1)) == [False]


def test_a_head_that_does_not_tell(small_model, monkeypatch):
    monkeypatch.setattr(PointHead, "has_points", BaseEventHead.has_points)
    assert reach(small_model) is None


def test_models_without_points():
    from loco_mm.apis import load_config

    from ...comparing import CONFIGS

    assert point_coverage(load_config(str(CONFIGS / "loco_ave_fully.py"))) is None
