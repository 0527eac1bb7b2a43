"""Windows of long videos, and models that use them."""

import pytest
import torch
from mmengine.dataset import pseudo_collate

from loco_mm.errors import InputError
from loco_mm.models.features import FeatureSpec
from loco_mm.models.task_modules import SlidingWindows
from loco_mm.registry import MODELS
from loco_mm.structures import StepWindow
from loco_mm.testing import build_with_active_branches, make_sample, run


def test_by_default_half_of_a_window_is_shared():
    windows = SlidingWindows(FeatureSpec(2, (1, 2, 4), 16))
    assert windows.plan(24) == [StepWindow(0, 16, 0, 12), StepWindow(8, 24, 12, 24)]
    assert len(windows.plan(16)) == 1


def test_shorter_videos_than_that_stay_whole():
    windows = SlidingWindows(FeatureSpec(2, (1, 4), 16), min_steps=40)
    assert windows.plan(39) == [StepWindow(0, 39, 0, 39)]
    assert len(windows.plan(40)) == 4


def test_cut():
    windows = SlidingWindows(FeatureSpec(2, (1, 2), 8), batch_size=2)
    video = dict(x=torch.arange(1.0, 16)[:, None], mask=torch.ones(15, dtype=torch.bool))
    one, two = windows.cut(video, windows.plan(15))
    assert one["x"][..., 0].tolist() == [[1, 2, 3, 4, 5, 6, 7, 8], [5, 6, 7, 8, 9, 10, 11, 12]]
    assert two["x"][..., 0].tolist() == [[9, 10, 11, 12, 13, 14, 15, 0]]
    assert two["mask"].tolist() == [[True] * 7 + [False]]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            dict(size=18),
            "model.windows.size: expected a multiple of the pyramid's last stride 4, got 18",
        ),
        (
            dict(overlap=13),
            r"model.windows.overlap: expected at most size - .* stride = 12, got 13",
        ),
        (dict(size="x"), "SlidingWindows.size: expected an integer, got 'x'"),
    ],
)
def test_what_cannot_be_is_refused(options, text):
    with pytest.raises(InputError, match=text):
        SlidingWindows(FeatureSpec(2, (1, 2, 4), 16), **options)


WINDOWS = dict(type="SlidingWindows", size=320, overlap=256, batch_size=3)


@pytest.fixture
def local_model(small_model):
    """A model without positions, in which a step depends on at most 128 steps to each side."""
    small_model.encoder.num_layers = small_model.neck.num_layers = 0
    small_model.pyramid.attention = dict(type="WindowAttention", adaptive=False)
    small_model.head.test_cfg.nms.max_num = 3000
    model = build_with_active_branches(small_model).double()
    for name, buffer in model.named_buffers():
        if name.endswith("position.table"):
            buffer.zero_()
    return model


def events(sample):
    found = sample.pred_instances
    return found.segments, found.scores, found.labels


@pytest.mark.parametrize("steps", [321, 383, 500, 797])
def test_whole_and_in_windows_are_the_same_where_nothing_looks_farther(local_model, steps):
    sample = make_sample(steps, seed=4)
    whole = events(run(local_model, [sample], "predict")[0])
    local_model.windows = local_model.build_windows(WINDOWS)
    assert len(local_model.windows.plan(steps)) > 1
    cut = events(run(local_model, [sample], "predict")[0])
    assert len(whole[1]) > 100
    for one, other in zip(cut, whole, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


def test_raw_predictions_come_from_the_window_that_answers(local_model, monkeypatch):
    # Without overlap, the ends of windows lack context, but not their centres.
    sample, kept = make_sample(400, seed=4), []
    whole = run(local_model, [sample])
    local_model.windows = local_model.build_windows(dict(WINDOWS, overlap=0))
    stitch = local_model.head.stitch
    monkeypatch.setattr(local_model.head, "stitch", lambda *a: kept.append(stitch(*a)) or kept[0])
    run(local_model, [sample], "predict")
    (cut,) = kept
    assert cut.lengths == (400, 200, 100, 50)
    assert cut.mask.all()
    same = (cut.logits[0, :400] - whole.logits[0, :400]).abs().amax(1) < 1e-9
    assert same[:192].all() and not same[312:328].any()


def test_short_and_long_ones_in_a_batch(small_model):
    model = build_with_active_branches(small_model).double()
    samples = [make_sample(steps, seed=steps) for steps in (9, 70, 32, 100)]
    model.windows = model.build_windows(dict(type="SlidingWindows", min_steps=80))
    alone = [events(run(model, [sample], "predict")[0]) for sample in samples]
    batch = [events(found) for found in run(model, samples, "predict")]
    model.windows = None
    whole = [events(run(model, [sample], "predict")[0]) for sample in samples]
    for found, wanted in zip(batch, alone, strict=True):
        torch.testing.assert_close(found[0], wanted[0], atol=1e-9, rtol=1e-9)
        torch.testing.assert_close(found[1], wanted[1], atol=1e-9, rtol=1e-9)
    # Videos that are not cut give the same results.
    for index in (0, 1, 2):
        torch.testing.assert_close(alone[index][1], whole[index][1], atol=1e-9, rtol=1e-9)
    assert not torch.equal(alone[3][1], whole[3][1])


def test_windows_of_a_config(small_model):
    small_model.windows = dict(type="SlidingWindows", overlap=8)
    model = MODELS.build(small_model)
    assert (model.windows.size, model.windows.overlap) == (32, 8)
    small_model.windows = dict(type="SlidingWindows", size=20)
    with pytest.raises(
        InputError,
        match=r"model\.windows\.size: expected a multiple of the pyramid's last stride 8, got 20",
    ):
        MODELS.build(small_model)


def test_limits_grow_with_the_length(small_model):
    small_model.head.test_cfg.update(steps_per_limit=32, pre_nms_top_k=4)
    small_model.head.test_cfg.nms.max_num = 10
    model = build_with_active_branches(small_model)
    found = run(model, [make_sample(n, seed=n) for n in (9, 63, 64, 100)], "predict")
    # Four levels with up to 4 candidates each, per 32 steps.
    assert [len(sample.pred_instances) for sample in found] == [10, 10, 20, 30]


def test_a_head_without_stitching(small_model):
    from loco_mm.models.heads import BaseEventHead

    model = build_with_active_branches(small_model)
    with pytest.raises(
        InputError, match="PointHead cannot predict in windows: leave model.windows"
    ):
        BaseEventHead.stitch(model.head, [], [])


@pytest.mark.parametrize("windows", [None, WINDOWS])
def test_scores_of_classes_over_time(local_model, windows):
    sample = make_sample(400, seed=4)
    wanted = events(run(local_model, [sample], "predict")[0])
    raw = run(local_model, [sample])
    local_model.windows = local_model.build_windows(windows) if windows else None
    batch = local_model.data_preprocessor(pseudo_collate([sample]), False)
    inputs = {k: v.double() if v.is_floating_point() else v for k, v in batch["inputs"].items()}
    with torch.no_grad():
        (found,) = local_model.predict(inputs, batch["data_samples"], class_scores=True)
    for one, other in zip(events(found), wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)
    scores, first = raw.logits[0].sigmoid() * raw.mask[0, :, None], 0
    levels = []
    for length in raw.lengths:
        levels.append(scores[first : first + length])
        first += length
    by_hand = [
        # If both are equally near, the later window is used.
        torch.stack([x[min((step + 2**k // 2) // 2**k, len(x) - 1)] for k, x in enumerate(levels)])
        .amax(0)
        for step in (0, 5, 6, 199, 399)
    ]  # fmt: skip
    assert found.pred_class_scores.shape == (400, 5)
    torch.testing.assert_close(
        found.pred_class_scores[[0, 5, 6, 199, 399]], torch.stack(by_hand), atol=1e-9, rtol=1e-9
    )
