"""A sequence of suppressions."""

import numpy as np
import torch

from loco_mm.models.task_modules import SegmentSoftNMS, SuppressionSteps
from loco_mm.ops import RunningCandidates

HARD = dict(type="SegmentSoftNMS", method="hard", iou_threshold=0.4, min_score=1e-6)
SOFT = dict(type="SegmentSoftNMS", sigma=0.46, min_score=1e-6, across_classes=True)


def candidates():
    segments = torch.tensor([[0.0, 4.0], [0.0, 3.0], [0.0, 4.0], [6.0, 9.0]])
    return segments, torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.tensor([0, 0, 1, 1])


def test_each_reads_what_the_one_before_keeps():
    found = SuppressionSteps([HARD, SOFT])(*candidates())
    hard = SegmentSoftNMS(**{k: v for k, v in HARD.items() if k != "type"})(*candidates())
    soft = SegmentSoftNMS(**{k: v for k, v in SOFT.items() if k != "type"})(*hard)
    for one, other in zip(found, soft, strict=True):
        assert torch.equal(one, other)
    # The second is removed within its class, the third is reduced across classes.
    assert found[2].tolist() == [0, 1, 1]
    lowered = 0.7 * torch.tensor(-1 / 0.46).exp()
    torch.testing.assert_close(
        found[1], torch.stack([torch.tensor(0.9), torch.tensor(0.6), lowered])
    )


def test_a_long_video_may_keep_more():
    few = SuppressionSteps([dict(HARD, max_num=1)])
    assert [len(few(*candidates(), **more)[0]) for more in ({}, dict(limit_scale=2))] == [1, 2]


def test_steps_of_a_stream_give_the_same_in_the_end():
    rng = np.random.default_rng(0)
    start = np.sort(rng.uniform(0, 40, 200))
    every = RunningCandidates(
        np.stack([start, start + rng.uniform(1, 8, 200)], 1),
        rng.uniform(0, 1, 200),
        rng.integers(0, 3, 200),
    )
    more = dict(max_num=1000)
    steps = SuppressionSteps([HARD | more, SOFT | more])
    wanted = [x.numpy() for x in steps(*map(torch.from_numpy, every))]
    running, found, bounds = steps.running(0.05, 0.0), [], [5.0, 10, 15, 20, 25, 30, 35, np.inf]
    for low, high in zip([0, *bounds], bounds, strict=False):
        batch = every.take((start >= low) & (start < high))
        found.append(running.update(batch, high))
    found = RunningCandidates.joined(*found)
    order = np.argsort(-found.scores)
    kept = wanted[1] >= 0.05
    for one, other in zip(found.take(order), wanted, strict=True):
        np.testing.assert_allclose(one, other[kept], rtol=1e-9)
    assert running.earliest == np.inf
