"""Segments from anchors, by hand."""

import math

import torch

from loco_mm.models.task_modules import DeltaCoder


def test_segments_by_hand():
    anchors = torch.tensor([[0.5, 3.5], [4.5, 7.5], [4.5, 7.5]])
    deltas = torch.tensor([[0.0, 0.0], [5.0, 5 * math.log(2)], [0.0, 1e6]])
    found = DeltaCoder().decode(anchors, deltas)
    # 4 steps around 6, shifted by half of them and scaled by 2; scaled by at most 62.5.
    wanted = torch.tensor([[0.5, 3.5], [4.5, 11.5], [6 - 124.5, 6 + 124.5]])
    torch.testing.assert_close(found, wanted)


def test_weights_are_those_of_the_config():
    found = DeltaCoder(2.0, 1.0, 3.0).decode(torch.tensor([[0.0, 9.0]]), torch.tensor([[1.0, 9.0]]))
    torch.testing.assert_close(found, torch.tensor([[9.5 - 14.5, 9.5 + 14.5]]))
