"""The base class of segment heads."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.heads import BaseSegmentHead
from loco_mm.testing import make_segment_sample


def samples(*labels):
    return [make_segment_sample(row, 2, seed)["data_samples"] for seed, row in enumerate(labels)]


def test_ground_truth_is_padded_to_the_batch():
    mask = torch.zeros(2, 4, dtype=torch.bool)
    found = BaseSegmentHead.segment_truth(samples([2, 0, 2], [1]), mask)
    assert found.tolist() == [[2, 0, 2, -1], [1, -1, -1, -1]]
    shares = BaseSegmentHead.video_truth(samples([2, 0, 2], [2, 2]), torch.device("cpu"))
    assert shares.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_missing_or_too_many_labels_are_reported():
    (sample,) = samples([2, 0, 2])
    with pytest.raises(InputError, match="expected labels of at most 2 segments, got 3"):
        BaseSegmentHead.segment_truth([sample], torch.zeros(1, 2, dtype=torch.bool))
    del sample.gt_segment_labels
    with pytest.raises(InputError, match="video video0: expected labels of its segments, as mod"):
        BaseSegmentHead.segment_truth([sample], torch.zeros(1, 3, dtype=torch.bool))


def test_what_stands_on_padding_is_left_out():
    mask = torch.tensor([[True, True, False], [True, False, False]])
    labels, scores = torch.arange(6).view(2, 3), torch.rand(2, 3, 4)
    one, other = BaseSegmentHead.trimmed(labels, scores, mask)
    assert (one.labels.tolist(), other.labels.tolist()) == ([0, 1], [3])
    assert torch.equal(one.scores, scores[0, :2])
    assert torch.equal(other.scores, scores[1, :1])
