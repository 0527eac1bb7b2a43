"""Decoding of points to candidates, by hand."""

import pytest
import torch

from loco_mm.models.heads.decoding import decode_points
from loco_mm.models.task_modules import DistanceCoder
from loco_mm.structures import pyramid_points


def decode_video(scores, offsets, *args, top_k, **settings):
    found = decode_points(scores[None], offsets[None], *args, top_k=[top_k], **settings)
    return found.of_video(0)


RANGES = [(0, 4), (4, float("inf"))]
SETTINGS = dict(coder=DistanceCoder(), min_length=0.05)


def test_decoding_by_hand():
    points = pyramid_points([4, 2], [1, 2], RANGES)
    scores = torch.zeros(6, 2)
    offsets = torch.ones(6, 2, 2)
    scores[1, 0], scores[3, 1], scores[5, 0] = 0.5, 0.9, 0.7
    scores[0, 1] = 0.001  # not above the threshold
    scores[2, 1], offsets[2, 1] = 0.8, torch.tensor([0.02, 0.02])  # too short
    offsets[5, 0] = torch.tensor([0.25, 1.5])
    segments, kept, labels = decode_video(
        scores,
        offsets,
        points,
        (4, 2),
        coder=DistanceCoder(),
        score_thr=0.001,
        top_k=10,
        min_length=0.05,
    )
    assert segments.tolist() == [[2.0, 4.0], [0.0, 2.0], [1.5, 5.0]]
    assert kept.tolist() == pytest.approx([0.9, 0.5, 0.7])
    assert labels.tolist() == [1, 0, 0]


def test_only_the_best_of_a_level_are_kept():
    points = pyramid_points([4, 2], [1, 2], RANGES)
    scores = torch.tensor([[0.1], [0.4], [0.2], [0.3], [0.05], [0.06]])
    _, kept, _ = decode_video(
        scores,
        torch.ones(6, 1, 2),
        points,
        (4, 2),
        coder=DistanceCoder(),
        score_thr=0.0,
        top_k=2,
        min_length=0.05,
    )
    assert kept.tolist() == pytest.approx([0.4, 0.3, 0.06, 0.05])


def test_offsets_of_all_classes_alike():
    points = pyramid_points([2], [1], RANGES[:1])
    scores = torch.tensor([[0.5, 0.2, 0.9], [0.0, 0.0, 0.3]])
    offsets = torch.tensor([[[1.0, 2.0]], [[0.5, 0.25]]])
    segments, kept, labels = decode_video(
        scores, offsets, points, (2,), score_thr=0.1, top_k=10, **SETTINGS
    )
    assert labels.tolist() == [2, 0, 2, 1]
    assert kept.tolist() == pytest.approx([0.9, 0.5, 0.3, 0.2])
    assert segments.tolist() == [[-1, 2], [-1, 2], [0.5, 1.25], [-1, 2]]


def test_videos_of_a_batch_are_decoded_as_alone():
    """Each has its own limit."""
    torch.manual_seed(0)
    points = pyramid_points([4, 2], [1, 2], RANGES)
    scores, offsets = torch.rand(3, 6, 5).round(decimals=1), torch.rand(3, 6, 5, 2)
    settings = dict(score_thr=0.1, coder=DistanceCoder(), min_length=0.5)
    found = decode_points(scores, offsets, points, (4, 2), top_k=[2, 50, 7], **settings)
    for number, limit in enumerate((2, 50, 7)):
        alone = decode_video(
            scores[number], offsets[number], points, (4, 2), top_k=limit, **settings
        )
        assert len(alone[0]) > 0
        for one, other in zip(found.of_video(number), alone, strict=True):
            assert torch.equal(one, other)
