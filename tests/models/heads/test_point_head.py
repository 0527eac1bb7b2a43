"""The dense head: losses and events by hand."""

import math
from dataclasses import replace

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from loco_mm.errors import InputError
from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.heads import PointHead, PointPredictions
from loco_mm.models.losses import SegmentIoULoss, SigmoidFocalLoss
from loco_mm.models.task_modules import DistanceCoder
from loco_mm.structures import TemporalGrid, pyramid_points

RANGES = [(0, 4), (4, float("inf"))]


def build(**settings):
    torch.manual_seed(0)
    settings = dict(num_classes=3, feat_channels=8) | settings
    points = dict(type="PyramidPointGenerator", regression_ranges=RANGES)
    return PointHead(spec=FeatureSpec(8, (1, 2), 8), point_generator=points, **settings)


def sample(segments=(), labels=(), duration=4.0):
    data = ActionDataSample(
        metainfo=dict(video_id="v", duration=duration, grid=TemporalGrid(16, 16, 4))
    )
    data.gt_instances = InstanceData(
        segments=torch.tensor(segments, dtype=torch.float32).reshape(-1, 2),
        labels=torch.tensor(labels, dtype=torch.long),
    )
    return data


def levels(batch=1, steps=8, lengths=None):
    torch.manual_seed(1)
    mask = torch.arange(steps) < torch.tensor(lengths or [steps] * batch)[:, None]
    masks = [mask, mask[:, ::2]]
    return Features({}, mask, [torch.randn(*m.shape, 8) * m[..., None] for m in masks], masks)


def test_forward_shapes_prior_and_scale():
    head = build()
    features = levels(batch=2)
    zero = head(replace(features, levels=[torch.zeros_like(x) for x in features.levels]))
    assert zero.logits.shape == (2, 12, 3)
    assert zero.offsets.shape == (2, 12, 3, 2)
    assert zero.lengths == (8, 4)
    with torch.no_grad():
        head.cls_tower.output.weight.zero_()
    scores = head(features).logits.sigmoid()
    torch.testing.assert_close(scores, torch.full_like(scores, 0.01))
    offsets = head(features).offsets
    with torch.no_grad():
        head.scale.copy_(torch.tensor([1.0, 3.0]))
    scaled = head(features).offsets
    torch.testing.assert_close(scaled[:, :8], offsets[:, :8])
    torch.testing.assert_close(scaled[:, 8:], 3 * offsets[:, 8:])
    assert (offsets >= 0).all()


def test_losses_equal_their_formula_and_the_normaliser_runs():
    head = build(init_normalizer=10.0)
    features = levels(batch=2, lengths=[8, 5])
    # Two events of different classes at the same points: more pairs than points.
    twice = sample([[0.5, 2.5], [1.0, 9.0], [0.4, 2.6]], [0, 1, 2])
    samples = [sample([[1.5, 4.5]], [2]), twice]
    predictions = head(features)
    losses = head.loss_by_feat(predictions, samples)
    points = pyramid_points((8, 4), (1, 2), RANGES)
    targets, pairs = torch.zeros(2, 12, 3), []
    for b, one in enumerate(samples):
        for (start, end), label in zip(
            one.gt_instances.segments.tolist(), one.gt_instances.labels.tolist(), strict=True
        ):
            for p in range(12):
                t, stride = float(points.position[p]), float(points.stride[p])
                left, right = t - start, end - t
                reach = max(left, right)
                fits = points.reg_min[p] <= reach <= points.reg_max[p]
                if min(left, right) > 0 and fits and predictions.mask[b, p]:
                    targets[b, p, label] = 1
                    pairs.append((b, p, label, left / stride, right / stride))
    positives = {pair[:2] for pair in pairs}
    assert 5 <= len(positives) < len(pairs)
    normalizer = 0.9 * 10 + 0.1 * len(positives)
    mask = predictions.mask
    focal = SigmoidFocalLoss()(predictions.logits[mask], targets[mask])
    assert losses["loss_cls"].item() == pytest.approx(focal.item() / normalizer, rel=1e-5)
    found = torch.stack([predictions.offsets[b, p, c] for b, p, c, *_ in pairs])
    iou = SegmentIoULoss()(found, torch.tensor([pair[3:] for pair in pairs]))
    assert losses["loss_reg"].item() == pytest.approx(iou.item() / normalizer, rel=1e-5)
    assert head.loss_normalizer.item() == pytest.approx(normalizer)
    assert "loss_normalizer" in head.state_dict()


def test_the_normaliser_rests_in_evaluation():
    head = build().eval()
    features = levels()
    head.loss(features, [sample([[1.0, 5.0]], [0])])
    assert head.loss_normalizer.item() == 250.0


def test_a_batch_without_events_has_finite_losses_and_gradients():
    head = build()
    features = levels(batch=2)
    losses = head.loss(features, [sample(), sample()])
    sum(losses.values()).backward()
    assert losses["loss_reg"].item() == 0
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())


def test_padding_takes_no_part_in_the_losses():
    features = levels(batch=1, steps=8, lengths=[5])
    short = Features(
        {},
        features.mask[:, :6],
        [x[:, :n] for x, n in zip(features.levels, (6, 3), strict=True)],
        [m[:, :n] for m, n in zip(features.level_masks, (6, 3), strict=True)],
    )
    assert head_losses(features) == pytest.approx(head_losses(short), rel=1e-5)


def head_losses(features):
    losses = build().loss(features, [sample([[0.5, 4.2]], [1])])
    return [losses["loss_cls"].item(), losses["loss_reg"].item()]


def test_autocast_leaves_scores_and_distances_fine():
    """In bfloat16 a distance of 7.9 strides would be 7.90625, and logits would have ties."""
    head = build(num_classes=1)
    with torch.no_grad():
        for tower in (head.cls_tower, head.reg_tower):
            tower.output.weight.zero_()
            tower.output.bias.fill_(7.9)
        head.scale.fill_(1.003)
    features = levels()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = head(features)
    torch.testing.assert_close(found.offsets, torch.full((1, 12, 1, 2), 7.9 * 1.003))
    torch.testing.assert_close(found.logits, torch.full((1, 12, 1), 7.9))


def test_unknown_test_setting_is_refused():
    with pytest.raises(
        InputError, match="^test_cfg: unknown key 'score_threshold', did you mean 'score_thr'"
    ):
        build(test_cfg=dict(score_threshold=0.1))


def test_predictions_are_seconds_within_the_video():
    head = build()
    logits = torch.full((1, 12, 3), -20.0)
    logits[0, 3, 1] = 2.0
    logits[0, 11, 2] = 1.0
    offsets = torch.zeros(1, 12, 3, 2)
    offsets[0, 3, 1] = torch.tensor([1.0, 2.0])  # grid 2..5
    offsets[0, 11, 2] = torch.tensor([10.0, 10.0])  # grid -14..26
    mask = torch.ones(1, 12, dtype=torch.bool)
    predictions = PointPredictions(logits, offsets, mask, (8, 4))
    found = head.predict_by_feat(predictions, [sample(duration=4.0)])[0]
    # Grid step g is at (4 g + 8) / 16 s.
    assert found.segments.tolist() == [[1.0, 1.75], [0.0, 4.0]]
    assert found.labels.tolist() == [1, 2]
    assert found.scores.tolist() == pytest.approx(
        [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(-1))], rel=1e-5
    )


def test_padding_is_never_predicted():
    head = build()
    mask = torch.zeros(1, 12, dtype=torch.bool)
    predictions = PointPredictions(
        torch.full((1, 12, 3), 5.0), torch.ones(1, 12, 3, 2), mask, (8, 4)
    )
    found = head.predict_by_feat(predictions, [sample()])[0]
    assert found.segments.shape == (0, 2)
    assert len(found.scores) == len(found.labels) == 0


def test_offsets_of_all_classes_alike():
    """One offset per point, for the shortest of all events, as in class-agnostic heads."""
    head = build(class_aware=False, assigner=dict(type="PointAssigner", winner="point"))
    features = levels(batch=2, lengths=[8, 5])
    predictions = head(features)
    assert predictions.offsets.shape == (2, 12, 1, 2)
    events = sample([[0.5, 3.5], [1.5, 3.4]], [0, 2])
    losses = head.loss_by_feat(predictions, [events, sample()])
    # Points 1, 2 and 3 are in the long event; 2 and 3 in the shorter one, which is used.
    pairs = {1: (0.5, 2.5), 2: (0.5, 1.4), 3: (1.5, 0.4)}
    found = torch.stack([predictions.offsets[0, p, 0] for p in pairs])
    normalizer = 0.9 * 250 + 0.1 * 3
    wanted = SegmentIoULoss()(found, torch.tensor(list(pairs.values()))) / normalizer
    assert losses["loss_reg"].item() == pytest.approx(wanted.item(), rel=1e-5)
    assert len(head.predict_by_feat(predictions, [sample(), sample()])) == 2


class ByText(torch.nn.Module):
    """Another classifier: similarity to an embedding of each class."""

    def __init__(self, spec, num_classes):
        super().__init__()
        self.texts = torch.nn.Parameter(torch.randn(num_classes, spec.channels))

    def forward(self, levels, masks):
        return [x @ self.texts.T for x in levels]


def test_a_classifier_and_a_coder_of_ones_own_take_their_places():
    head = build(classifier=dict(type=ByText), coder=dict(type=Halves))
    features = levels()
    found = head(features)
    fine, coarse = features.levels
    wanted = torch.cat([fine, coarse], 1) @ head.cls_tower.texts.T
    torch.testing.assert_close(found.logits, wanted)
    assert (found.offsets == 0.5).all()
    (events,) = head.predict_by_feat(found, [sample()])
    # Half a stride to each side is one or two steps of 0.25 s.
    lengths = {round(float(end - start), 4) for start, end in events.segments}
    assert lengths == {0.25, 0.5}
    losses = head.loss_by_feat(found, [sample([[1.5, 3.5]], [0])])
    assert losses["loss_reg"].item() == 0


class Halves(DistanceCoder):
    """Requires a fixed length."""

    def activate(self, raw):
        return raw.detach() * 0 + 0.5

    def encode(self, position, stride, segments):
        return segments * 0 + 0.5


@pytest.mark.parametrize("class_aware", [True, False])
def test_videos_that_are_suppressed_at_once_have_the_events_of_each_alone(class_aware, monkeypatch):
    """As on a GPU; a long video may have more events, and one video has none."""
    torch.manual_seed(0)
    nms = dict(type="SegmentSoftNMS", max_num=3)
    head = build(class_aware=class_aware, test_cfg=dict(nms=nms, steps_per_limit=4)).eval()
    mask = torch.ones(3, 12, dtype=torch.bool)
    mask[1, 3:8] = mask[1, 10:] = False
    logits = torch.randn(3, 12, 3)
    logits[2] = -20
    offsets = torch.rand(3, 12, head.reg_tower.num_offsets, 2)
    given = PointPredictions(logits, offsets, mask, (8, 4)), [sample() for _ in range(3)]
    alone = head.predict_by_feat(*given)
    monkeypatch.setattr(head, "batch_to_instances", head._suppress_at_once)
    together = head.predict_by_feat(*given)
    assert [len(found) for found in together] == [6, 3, 0]
    for one, other in zip(together, alone, strict=True):
        assert torch.equal(one.labels, other.labels)
        for name in ("segments", "scores"):
            torch.testing.assert_close(one[name], other[name])


def test_voting_follows_suppression():
    nms = dict(type="SegmentSoftNMS", method="hard", iou_threshold=0.5)
    voting = dict(type="SegmentVoting", iou_threshold=0.5)
    segments = torch.tensor([[2.0, 6.0], [2.0, 7.0], [9.0, 12.0]])
    given = segments, torch.tensor([0.75, 0.25, 0.5]), torch.tensor([0, 0, 1])
    plain = build(test_cfg=dict(nms=nms)).to_instances(*given, sample())
    moved = build(test_cfg=dict(nms=nms, voting=voting)).to_instances(*given, sample())
    # Grid step g is at (4 g + 8) / 16 s.
    assert plain.segments.tolist() == [[1.0, 2.0], [2.75, 3.5]]
    assert moved.segments.tolist() == [[1.0, 2.0625], [2.75, 3.5]]
    assert torch.equal(moved.scores, plain.scores)


@pytest.mark.parametrize("class_aware", [True, False])
def test_the_overlap_of_what_is_found_weighs_the_classes(class_aware):
    """With gradients to the offsets; equally long events share theirs."""
    torch.manual_seed(0)
    assigner = dict(type="PointAssigner", winner="point_classes" if class_aware else "point")
    head = build(class_aware=class_aware, iou_power=0.5, assigner=assigner).eval()
    samples = [sample([[1.5, 4.5], [1.5, 4.5]], [2, 0])]
    logits, mask = torch.randn(1, 12, 3), torch.ones(1, 12, dtype=torch.bool)
    offsets = torch.rand(1, 12, head.reg_tower.num_offsets, 2).requires_grad_()
    found = head.loss_by_feat(PointPredictions(logits, offsets, mask, (8, 4)), samples)
    targets, factors = torch.zeros(12, 3), torch.ones(12, 3)
    # Points 2, 3 and 4 of level 0 are at most 4 steps away from both ends.
    for point in (2, 3, 4):
        wanted = torch.tensor([point - 1.5, 4.5 - point])
        for label in (0, 2):
            have = offsets[0, point, label if class_aware else 0]
            shared = torch.minimum(have, wanted).sum()
            targets[point, label] = 1
            factors[point, label] = (shared / (have.sum() + 3 - shared)).sqrt()
    wanted = SigmoidFocalLoss()(logits[0], targets, factors) / 250
    torch.testing.assert_close(found["loss_cls"], wanted)
    (gradient,) = torch.autograd.grad(found["loss_cls"], offsets)
    torch.testing.assert_close(gradient, torch.autograd.grad(wanted, offsets)[0])
    assert gradient.ne(0).any()
