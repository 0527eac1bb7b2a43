"""A sequence of suppressions."""

import torch

from loco_mm.models.task_modules import SegmentSoftNMS, SuppressionSteps

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
