"""The anchor head: losses and events by hand, windows of long videos, use in other models."""

import pytest
import torch

from loco_mm.models import AnchorHead
from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.heads import AnchorPredictions
from loco_mm.models.heads.anchor_losses import boundary_targets
from loco_mm.structures import StepWindow, StitchedClip, TemporalGrid
from loco_mm.tasks import EVENTS
from loco_mm.testing import CHECKS, shrink_model
from loco_mm.testing.samples import as_events

from ...comparing import CONFIGS, leaf_config

GRID = TemporalGrid(1.0, 1.0, 1.0)  # step 0 stands for half a second
SPEC = FeatureSpec(32, (4, 8), 16)


def make(**settings):
    torch.manual_seed(0)
    return AnchorHead(2, SPEC, num_convs=1, **settings).eval()


def features(steps=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(16)[None] < steps
    masks = [mask[:, ::stride] for stride in SPEC.strides]
    levels = [torch.randn(*m.shape, 32, generator=generator) * m[..., None] for m in masks]
    return Features({}, mask, levels, masks)


def predictions(segments, logits, steps=16, **more):
    """Predictions for one video and one level with one anchor per point."""
    segments, logits = torch.tensor(segments)[None, :, None], torch.tensor(logits)[None, :, None]
    mask = torch.ones(1, steps, dtype=torch.bool)
    given = dict(offsets=torch.zeros_like(segments), boundaries=torch.ones(1, steps, 3)) | more
    of_points = torch.ones(segments.shape[:2], dtype=torch.bool)
    lengths = (segments.shape[1],)
    return AnchorPredictions(logits, segments, mask=of_points, steps=mask, lengths=lengths, **given)


def video(segments=(), labels=(), steps=16):
    return EVENTS.sample("v", float(steps), GRID, on_grid=as_events(segments, labels))


def one_scale(**settings):
    head = make(anchors=dict(type="AnchorGenerator", scales=(1.0,)), **settings)
    head.strides = (4,)
    return head


def test_losses_by_hand():
    # Anchors: 0.5 to 3.5, 4.5 to 7.5, 8.5 to 11.5, 12.5 to 15.5. The first gets the event.
    given = predictions(
        [[0.0, 4.0], [4.5, 7.5], [9.0, 13.0], [12.5, 15.5]],
        [[0.0, 1.0, 2.0], [3.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 2.0, 0.0]],
    )
    found = one_scale().loss_by_feat(given, [video([[1.0, 4.0]], [1])])
    share = given.logits[0, :, 0].softmax(-1)
    without = -share[1:, 0].log().mean()
    assert found["loss_cls"].item() == pytest.approx((without - share[0, 2].log()).item())
    # 1 to 4 is inside 0 to 4.
    assert found["loss_reg"].item() == pytest.approx(1 - 3 / 4)
    assert found.keys() == {"loss_cls", "loss_reg"}


def test_classes_are_those_of_what_is_found_and_segments_those_of_anchors():
    # The second anchor predicts the event that is assigned to the first one.
    given = predictions(
        [[12.0, 16.0], [0.5, 3.5], [9.0, 13.0], [12.5, 15.5]], [[0.0, 0.0, 0.0]] * 4
    )
    given.logits[0, 1, 0, 1] = 5.0
    found = one_scale().loss_by_feat(given, [video([[0.5, 3.5]], [0])])
    score = given.logits[0, 1, 0].softmax(-1)[1]
    assert found["loss_cls"].item() == pytest.approx((3 * -score.log() + 3 * 1.0986123).item() / 3)
    # 12 to 16 and 0.5 to 3.5: of the 15.5 that enclose both, 8.5 are between them.
    assert found["loss_reg"].item() == pytest.approx(1 + 8.5 / 15.5)


def test_boundaries_by_hand():
    steps = torch.arange(12)[None] < 10
    gt = make().ground_truth([video([[2.0, 5.0], [6.25, 11.0]], [0, 1])], torch.device("cpu"))
    action, start, end = (x[0].nonzero()[:, 0].tolist() for x in boundary_targets(steps, gt))
    assert action == [2, 3, 4, 5, 6, 7, 8, 9]
    # From 0.5 to 3.5, and from 4.75 to 7.75: more than half of the time of a step.
    assert start == [1, 2, 5, 6, 7]
    # From 3.5 to 6.5; and from 9.5 on, of which only half of the last step.
    assert end == [4, 5]
    head = one_scale(boundary=dict(type="BoundaryScorer"), boundary_weight=0.4)
    scores = torch.full((1, 12, 3), 0.25)
    scores[..., 0] = 0.75
    given = predictions([[0.0, 3.0]] * 3, [[0.0] * 3] * 3, steps=12, boundaries=scores)
    given = given._replace(steps=steps)
    found = head.loss_by_feat(given, [video([[2.0, 5.0], [6.25, 11.0]], [0, 1])])
    low, high = -torch.log(torch.tensor([0.25, 0.75])).double()
    for name, should, should_not in (("action", high, low), ("start", low, high)):
        wanted = 0.4 * 0.5 * (should + should_not)
        assert found[f"loss_{name}"].item() == pytest.approx(wanted.item(), rel=1e-3)


def test_the_second_stage_learns_from_closer_segments_alone():
    head = one_scale(refiner=dict(type="BoundaryRefiner"))
    # The first overlaps by 10 of 13 steps, the second, which is not the best, by 8 of 13.
    segments = torch.tensor([[0.0, 9.0], [0.0, 7.0], [9.0, 12.0], [12.5, 15.5]])
    offsets = torch.tensor([[0.5, 3.0], [4.0, 4.0], [0.0, 0.0], [0.0, 0.0]])[None, :, None]
    given = predictions(segments.tolist(), [[0.0] * 3] * 4, offsets=offsets)
    found = head.loss_by_feat(given, [video([[0.0, 12.0]], [0])])
    assert found["loss_refine"].item() == pytest.approx(1 - 11.5 / 12)


def test_the_second_stage_moves_no_segment_of_the_first():
    head = make(refiner=dict(type="BoundaryRefiner"))
    head.loss_by_feat(head(features()), [video([[2.0, 9.0]], [0])])["loss_refine"].backward()
    assert head.refiner.ends[0][0].weight.grad.any()
    assert not any(p.grad.any() for p in head.reg_tower.parameters())


def test_no_event_at_all_is_no_error():
    head = make(refiner=dict(type="BoundaryRefiner"), boundary=dict(type="BoundaryScorer"))
    given = head(features())
    losses = head.loss_by_feat(given, [video()])
    assert len(losses) == 6
    for value in losses.values():
        assert torch.isfinite(value)
    assert losses["loss_reg"].item() == losses["loss_refine"].item() == 0


def test_events_are_scored_by_their_ends_and_cut_to_the_video():
    boundaries = torch.ones(1, 16, 3)
    boundaries[0, :, 1] = torch.linspace(0, 0.75, 16)
    boundaries[0, 3, 2] = 0.5
    given = predictions(
        [[2.5, 3.0], [10.0, 40.0], [9.0, 6.0]],
        [[0.0, 1.0, -99.0], [0.0, -99.0, 1.0], [9.0, 0.0, 0.0]],
        boundaries=boundaries,
    )
    head = one_scale(test_cfg=dict(nms=None))
    (found,) = head.predict_by_feat(given, [video()])
    share = torch.tensor(1.0).exp() / (1 + torch.tensor(1.0).exp())
    # The start of the first is between two steps; the end of the second is after the last step.
    torch.testing.assert_close(found.scores, torch.stack([share * 0.5, share * 0.125 * 0.5]))
    torch.testing.assert_close(found.segments, torch.tensor([[10.5, 16.0], [3.0, 3.5]]))
    assert found.labels.tolist() == [1, 0]
    # Exchanged ends are swapped back.
    (every,) = one_scale(test_cfg=dict(nms=None, score_thr=0.0)).predict_by_feat(given, [video()])
    assert [6.5, 9.5] in every.segments.tolist()
    (best,) = one_scale(test_cfg=dict(nms=None, pre_nms_top_k=1)).predict_by_feat(given, [video()])
    assert len(best.scores) == 1
    (more,) = one_scale(test_cfg=dict(nms=None, pre_nms_top_k=1)).predict_by_feat(
        given, [video()], steps_per_limit=8
    )
    assert len(more.scores) == 2


def test_what_is_found_in_a_copy_is_moved_back_before_suppression():
    # 4 steps, a gap of 2, and a copy of 10 steps.
    given = predictions([[1.0, 3.0], [8.5, 13.5]], [[0.0, 1.0, -99.0], [0.0, 1.5, -99.0]])
    sample = video(steps=4)
    sample.set_metainfo(dict(clip=StitchedClip(4, 2, 16)))
    hard = dict(type="SegmentSoftNMS", method="hard", iou_threshold=0.9, min_score=1e-3)
    (found,) = one_scale(test_cfg=dict(nms=hard)).predict_by_feat(given, [sample])
    # Both are the same event: the better one is kept.
    torch.testing.assert_close(found.segments, torch.tensor([[1.5, 3.5]]))
    assert found.scores.item() == pytest.approx(torch.tensor(1.5).sigmoid().item())


def test_windows_give_what_their_own_points_find():
    head = make(refiner=dict(type="BoundaryRefiner"), boundary=dict(type="BoundaryScorer"))
    with torch.no_grad():
        one, other = (head(features(seed=seed)) for seed in (1, 2))
    windows = [StepWindow(0, 16, 0, 12), StepWindow(8, 24, 12, 24)]
    found = head.stitch([one, other], windows)
    # 3 and 2 points of the first window, up to step 12; then those from step 4 of the second.
    assert found.lengths == (6, 3)
    fine = [one.logits[0, :3], other.logits[0, 1:4]]
    coarse = [one.logits[0, 4:6], other.logits[0, 5:6]]
    assert torch.equal(found.logits[0], torch.cat(fine + coarse))
    assert torch.equal(found.segments[0, 3:6], other.segments[0, 1:4] + 8)
    assert torch.equal(found.offsets[0, 3:6], other.offsets[0, 1:4])
    boundaries = torch.cat([one.boundaries[0, :12], other.boundaries[0, 4:16]])
    assert torch.equal(found.boundaries[0], boundaries)
    assert found.num_steps == [24] and found.mask.all()


def test_the_own_part_of_a_window_is_that_of_its_own_points():
    head = make(refiner=dict(type="BoundaryRefiner"), boundary=dict(type="BoundaryScorer"))
    with torch.no_grad():
        one = head(features(seed=1))
    # 4 points of stride 4, and 2 of stride 8.
    found = head.own_part(one, StepWindow(0, 16, 4, 12))
    assert found.mask[0].tolist() == [False, True, True, False, False, True]
    assert torch.equal(found.boundaries, one.boundaries)
    every, own = (head.candidates(x, [video(steps=16)], [1]).of_video(0) for x in (one, found))
    kept = {tuple(row) for row in every[0].tolist()}
    assert 0 < len(own[1]) < len(every[1])
    assert {tuple(row) for row in own[0].tolist()} <= kept


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_works_behind_loco_s_own_parts(check):
    """LoCo's encoder, modulation and pyramid satisfy the contract with anchors, too."""
    loco, vsgn = (
        leaf_config(CONFIGS / name).model
        for name in ("loco_unav100_onepeace.py", "vsgn/vsgn_unav100_onepeace.py")
    )
    loco.head, loco.tiny.head = vsgn.head, vsgn.tiny.head
    check(shrink_model(loco))
