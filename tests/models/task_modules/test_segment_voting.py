"""Voting compared to loops."""

import pytest
import torch

from loco_mm.models.task_modules import SegmentVoting


def overlap(one, other):
    shared = max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
    return shared / ((one[1] - one[0]) + (other[1] - other[0]) - shared)


@pytest.mark.parametrize("weigh_by_iou", [False, True])
@pytest.mark.parametrize("classwise", [False, True])
def test_it_is_a_weighted_mean(weigh_by_iou, classwise):
    generator = torch.Generator().manual_seed(0)
    start = torch.rand(80, generator=generator, dtype=torch.float64) * 4
    length = 2 + torch.rand(80, generator=generator, dtype=torch.float64)
    segments = torch.stack([start, start + length], 1)
    scores = torch.rand(80, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 2, (80,), generator=generator)
    voting = SegmentVoting(0.5, weigh_by_iou, classwise)
    found = voting(segments[:5], labels[:5], (segments, scores, labels))
    for number in range(5):
        weights = []
        for other in range(80):
            share = overlap(segments[number].tolist(), segments[other].tolist())
            says = share > 0.5 and (not classwise or labels[other] == labels[number])
            weights.append(says * float(scores[other]) * (share if weigh_by_iou else 1))
        assert sum(weight > 0 for weight in weights) > 3
        weight = torch.tensor(weights, dtype=torch.float64)
        wanted = (weight[:, None] * segments).sum(0) / weight.sum()
        torch.testing.assert_close(found[number], wanted)


def test_what_no_candidate_overlaps_stays():
    kept, label = torch.tensor([[0.0, 1.0], [5.0, 5.0]]), torch.tensor([0, 0])
    candidates = torch.tensor([[0.0, 1.0]]), torch.tensor([0.5]), torch.tensor([1])
    assert torch.equal(SegmentVoting()(kept, label, candidates), kept)
    nothing = torch.zeros(0, 2), torch.zeros(0), torch.zeros(0, dtype=torch.long)
    assert SegmentVoting()(nothing[0], nothing[2], nothing).shape == (0, 2)
