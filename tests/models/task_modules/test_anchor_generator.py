"""Anchors by hand."""

import torch

from loco_mm.models.task_modules import AnchorGenerator


def test_anchors_stand_on_what_steps_cover():
    found = AnchorGenerator((1.0, 1.5))([2, 1], [4, 8], torch.device("cpu"))
    # 0.5 to 3.5 are 4 steps, including the last one; 6 steps with the same centre.
    wanted = [[[0.5, 3.5], [-0.5, 4.5]], [[4.5, 7.5], [3.5, 8.5]], [[0.5, 7.5], [-1.5, 9.5]]]
    assert found.tolist() == wanted
