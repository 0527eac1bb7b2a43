"""The query head: losses and events by hand, and windows of long videos."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from loco_mm.errors import InputError
from loco_mm.models import QueryHead
from loco_mm.models.features import FeatureSpec
from loco_mm.models.heads import QueryPredictions
from loco_mm.structures import StepWindow, TemporalGrid
from loco_mm.tasks import EVENTS
from loco_mm.testing import CHECKS, shrink_model
from loco_mm.testing.samples import as_events

from ...comparing import CONFIGS, leaf_config

GRID = TemporalGrid(1.0, 4.0, 1.0)  # features of 4 s, one per second
STEPS = 17  # cover 20 s
DECODER = dict(type="DeformableDecoder", num_queries=3, num_heads=2, num_layers=2, mlp_channels=8)


def make(**settings):
    return QueryHead(2, FeatureSpec(32, (1,), 32), DECODER, **settings).eval()


def predictions(segments, logits, actionness=None, layers=1, steps=STEPS):
    """Predictions for one video."""
    segments, logits = (torch.tensor([[x]] * layers) for x in (segments, logits))
    actionness = torch.tensor([actionness]) if actionness else torch.ones(segments.shape[1:3])
    steps = torch.full_like(actionness, steps, dtype=torch.long)
    return QueryPredictions(logits, segments, actionness, torch.zeros_like(steps), steps)


def video(seconds=(), labels=(), duration=20.0):
    events = as_events([[GRID.to_grid(s) for s in pair] for pair in seconds], labels)
    return EVENTS.sample("v", duration, GRID, on_grid=events)


def test_losses_by_hand():
    # Relative to 20 s: events from 2 to 6 s, and from 18 s to after the end.
    given = predictions(
        [[0.2, 0.3], [0.9, 0.1], [0.5, 0.5]], [[1.0, -1.0], [0.5, -2.0], [-3.0, 0.0]]
    )
    found = make().loss_by_feat(given, [video([[2, 6], [18, 23]], [0, 0])])
    targets = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    score = given.logits[0, 0].sigmoid()
    hit = score * targets + (1 - score) * (1 - targets)
    weight = 0.25 * targets + 0.75 * (1 - targets)
    entropy = binary_cross_entropy_with_logits(given.logits[0, 0], targets, reduction="none")
    focal = (weight * (1 - hit) ** 2 * entropy).sum()
    assert found["loss_cls"].item() == pytest.approx(2 * focal.item() / 2)
    # [0.05, 0.35] and [0.1, 0.3] overlap by 2/3; [0.85, 0.95] and [0.9, 1] by 1/3.
    distance = (0.0 + 0.1) + (0.05 + 0.0)
    assert found["loss_distance"].item() == pytest.approx(5 * distance / 2, rel=1e-5)
    assert found["loss_overlap"].item() == pytest.approx(2 * (1 / 3 + 2 / 3) / 2, rel=1e-5)
    assert "loss_actionness" not in found


def test_losses_are_sums_over_layers():
    one, three = (
        make().loss_by_feat(
            predictions([[0.2, 0.3], [0.9, 0.1]], [[1.0, -1.0], [0.5, -2.0]], layers=layers),
            [video([[2, 6]], [1])],
        )
        for layers in (1, 3)
    )
    for name, value in one.items():
        assert three[name].item() == pytest.approx(3 * value.item())


def test_actionness_is_compared_with_the_best_event_of_a_video():
    head = make(actionness=dict(type="ActionnessRegressor"))
    given = predictions([[0.2, 0.3], [0.9, 0.1]], [[0.0, 0.0]] * 2, [0.5, 0.25])
    found = head.loss_by_feat(given, [video([[2, 6], [3, 5]], [0, 1])])
    missed = (2 / 3 - 0.5 + 0.25) / 2
    assert found["loss_actionness"].item() == pytest.approx(4 * missed, rel=1e-5)
    found = head.loss_by_feat(given, [video()])
    assert found["loss_actionness"].item() == pytest.approx(4 * 0.375)
    assert found["loss_distance"].item() == found["loss_overlap"].item() == 0


def test_events_are_the_best_pairs_in_seconds():
    head = make(test_cfg=dict(top_k=3))
    given = predictions([[0.2, 0.2], [0.75, 0.6]], [[2.0, 1.0], [0.0, 3.0]], [1.0, 0.5])
    (found,) = head.predict_by_feat(given, [video()])
    sigmoid = torch.tensor([2.0, 1.0, 3.0]).sigmoid() * torch.tensor([1.0, 1.0, 0.5])
    torch.testing.assert_close(found.scores, sigmoid)
    assert found.labels.tolist() == [0, 1, 1]
    # The last one ends after the video.
    wanted = torch.tensor([[2.0, 6.0], [2.0, 6.0], [9.0, 20.0]])
    torch.testing.assert_close(found.segments, wanted)
    (more,) = head.predict_by_feat(given, [video()], steps_per_limit=8)
    assert len(more.scores) == 4


def test_targets_and_events_are_the_inverse_of_each_other():
    seconds = [[0.0, 20.0], [3.5, 4.75], [11.0, 19.0]]
    sample = video(seconds, [0, 1, 1])
    empty = predictions([[0.5, 0.5]] * 3, [[0.0, 0.0]] * 3)
    gt = make().relative_ground_truth(empty, [sample])
    given = predictions(gt.segments[0, :3].tolist(), [[3.0, -9.0], [-9.0, 2.0], [-9.0, 1.0]])
    (found,) = make(test_cfg=dict(top_k=3)).predict_by_feat(given, [sample])
    torch.testing.assert_close(found.segments, torch.tensor(seconds), atol=1e-4, rtol=0)


def test_a_window_gives_what_is_centred_in_its_own_steps():
    head = make()
    # Windows of 16 steps from 0 and 8: the first is used for steps before 12.
    windows = [StepWindow(0, 16, 0, 12), StepWindow(8, 24, 12, 24)]
    one = predictions([[0.25, 0.1], [0.9, 0.1], [0.5, 0.1]], [[1.0, 0.0]] * 3, steps=16)
    other = predictions([[0.1, 0.1], [0.4, 0.1], [1.0, 0.2]], [[0.0, 2.0]] * 3, steps=16)
    found = head.stitch([one, other], windows)
    assert found.segments[0, 0, :, 0].tolist() == pytest.approx([0.25, 0.5, 0.4, 1.0])
    assert found.start.tolist() == [[0, 0, 8, 8]]
    assert found.steps.tolist() == [[16] * 4]
    assert found.logits[0, 0, :, 1].tolist() == [0.0, 0.0, 2.0, 2.0]
    (events,) = head.predict_by_feat(found, [video(duration=27.0)])
    middle = events.segments.mean(1)[events.labels == 1][:2]
    # 16 steps cover 19 s: 8 s plus 40 % of it, and 8 s plus all of it minus half the rest.
    torch.testing.assert_close(middle, torch.tensor([8 + 0.4 * 19, 27 - 0.95]))


def test_the_own_part_of_a_window_is_what_is_centred_there():
    head = make()
    one = predictions([[0.25, 0.1], [0.9, 0.1], [1.0, 0.1]], [[1.0, 0.0]] * 3, steps=16)
    for window, own in (
        (StepWindow(0, 16, 0, 12), [1, 0, 0]),
        (StepWindow(0, 16, 4, 15), [1, 1, 0]),
        (StepWindow(0, 16, 12, 16), [0, 1, 1]),
    ):
        found = head.own_part(one, window)
        scores = head.candidates(found, [video(duration=19.0)], [1]).scores
        assert (scores > 0).sum() == 2 * sum(own)
        assert found.actionness.tolist() == [own]
        assert torch.equal(found.segments, one.segments)


def test_windows_of_which_none_finds_anything_in_its_own_steps_give_no_events():
    head = make()
    windows = [StepWindow(0, 16, 0, 12), StepWindow(8, 24, 12, 24)]
    one = predictions([[0.9, 0.1]], [[1.0, 0.0]], steps=16)
    other = predictions([[0.1, 0.1]], [[0.0, 2.0]], steps=16)
    found = head.stitch([one, other], windows)
    assert found.num_steps == [0]
    (events,) = head.predict_by_feat(found, [video(duration=27.0)], steps_per_limit=8)
    assert len(events.scores) == 0 and events.segments.shape == (0, 2)


def test_several_levels_are_reported():
    with pytest.raises(
        InputError,
        match=r"model\.pyramid: expected 1 level, which the queries of model\.head read, got 2",
    ):
        QueryHead(2, FeatureSpec(32, (1, 2), 32), DECODER)


def test_no_event_at_all_is_no_error():
    given = predictions([[0.2, 0.3]], [[1.0, -1.0]])
    losses = make().loss_by_feat(given, [video()])
    assert all(torch.isfinite(value) for value in losses.values())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_works_behind_loco_s_own_parts(check):
    """LoCo's encoder, modulation and a pyramid of one level satisfy the contract, too."""
    loco, tadtr = (
        leaf_config(CONFIGS / name).model
        for name in ("loco_unav100_onepeace.py", "tadtr/tadtr_unav100_onepeace.py")
    )
    loco.pyramid.num_levels = 1
    loco.head, loco.tiny.head = tadtr.head, tadtr.tiny.head
    check(shrink_model(loco))
