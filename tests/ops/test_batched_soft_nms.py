"""Soft-NMS of a batch compared to that of each video."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.ops import batched_soft_nms, soft_nms

from ..test_synchronisation import HostWaits


def make_videos(counts, seed=0):
    """Segments, scores with ties, labels, and which of them are valid."""
    generator = torch.Generator().manual_seed(seed)
    shape = len(counts), max(counts) + 3
    start = 20 * torch.rand(shape, generator=generator)
    segments = torch.stack([start, start + 0.1 + 8 * torch.rand(shape, generator=generator)], -1)
    scores = torch.rand(shape, generator=generator).round(decimals=2)
    labels = torch.randint(0, 4, shape, generator=generator)
    # Valid ones are not the first ones.
    rank = torch.rand(shape, generator=generator).argsort(1).argsort(1)
    return segments, scores, labels, rank < torch.tensor(counts)[:, None]


@pytest.mark.parametrize("method", ["gaussian", "linear", "hard"])
@pytest.mark.parametrize("across_classes", [True, False])
@pytest.mark.parametrize(
    "limits", [dict(max_num=6, min_score=0.01), dict(max_num=200, min_score=0)]
)
def test_each_video_is_suppressed_as_alone(method, across_classes, limits):
    settings = dict(sigma=0.4, method=method, across_classes=across_classes, **limits)
    *candidates, valid = make_videos((40, 0, 1, 25))
    index, scores = batched_soft_nms(*candidates, valid, **settings)
    assert index.shape == scores.shape == (4, min(limits["max_num"], 43))
    for number, keep in enumerate(valid):
        alone = soft_nms(*(x[number][keep] for x in candidates), **settings)
        kept = scores[number] > -float("inf")
        assert int(kept.sum()) == len(alone[1])
        chosen = index[number][kept]
        assert keep[chosen].all() and len(set(chosen.tolist())) == len(chosen)
        assert torch.equal(candidates[0][number][chosen], alone[0])
        assert torch.equal(candidates[2][number][chosen], alone[2])
        torch.testing.assert_close(scores[number][kept], alone[1])


def test_a_batch_without_candidates():
    *candidates, valid = (x[:, :0] for x in make_videos((2, 1)))
    index, scores = batched_soft_nms(*candidates, valid, sigma=0.4, min_score=0, max_num=5)
    assert index.shape == scores.shape == (2, 0)


def test_nothing_waits_for_the_device():
    with HostWaits() as waits:
        batched_soft_nms(*make_videos((9, 4)), sigma=0.4, min_score=0.1, max_num=5)
    assert not +waits.found


def test_settings_are_checked_as_for_a_video():
    settings = dict(sigma=0.4, min_score=0.1, max_num=5, method="gauss")
    with pytest.raises(InputError, match="method: expected one of .*, got 'gauss'"):
        batched_soft_nms(*make_videos((3,)), **settings)
