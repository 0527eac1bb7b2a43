"""Packing a sample."""

import numpy as np

from loco_mm.datasets import PackAVInputs
from loco_mm.structures import TemporalGrid

from ..conftest import GRID


def test_packing_needs_no_copy_of_its_own():
    found = PackAVInputs()(
        dict(
            video_id="v",
            duration=2.0,
            grid=TemporalGrid(**GRID),
            visual=np.ones((6, 2), np.float32)[1:5],
            audio=np.ones((6, 3), np.float32)[1:5],
            segments=np.zeros((0, 2), np.float32),
            labels=np.zeros(0, np.int64),
            segments_sec=np.zeros((0, 2), np.float32),
            labels_all=np.zeros(0, np.int64),
        )
    )
    assert found["inputs"]["visual"].shape == (4, 2)
    assert found["data_samples"].gt_instances.segments.shape == (0, 2)
