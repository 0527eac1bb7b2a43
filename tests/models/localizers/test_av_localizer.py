"""The whole model: invariance, corner cases, variants."""

import copy

import pytest
import torch
from mmengine.dataset import pseudo_collate

from loco_mm.errors import InputError
from loco_mm.models import RelevanceHead, UnimodalEncoder
from loco_mm.models.features import FeatureSpec
from loco_mm.models.heads import RelevanceLogits
from loco_mm.registry import MODELS
from loco_mm.structures import StepWindow
from loco_mm.tasks import EVENTS
from loco_mm.testing import CHECKS, build_with_active_branches, make_sample, run, shrink_model

from ...comparing import CONFIGS, assert_same_events, leaf_config

ATTENTION = {
    "adaptive": dict(type="WindowAttention"),
    "fixed": dict(type="WindowAttention", adaptive=False),
    "global": dict(type="GlobalAttention"),
}


@pytest.mark.parametrize(("dtype", "raw"), [(torch.float64, 1e-9), (torch.float32, 1e-5)], ids=str)
@pytest.mark.parametrize("attention", ATTENTION)
@pytest.mark.parametrize("steps", [1, 5, 32, 50, 87])
def test_a_video_alone_and_in_a_batch_gives_the_same_output(
    small_model, attention, steps, dtype, raw
):
    small_model.pyramid.attention = ATTENTION[attention]
    model = build_with_active_branches(small_model).to(dtype)
    video = make_sample(steps, seed=1)
    mates = [make_sample(120, seed=2), make_sample(9, seed=3)]
    alone = run(model, [video])
    batch = run(model, [mates[0], video, mates[1]])
    first_alone = first_batch = 0
    for level, (short, long) in enumerate(zip(alone.lengths, batch.lengths, strict=True)):
        valid = -(-steps // 2**level)
        mine = slice(first_alone, first_alone + valid)
        theirs = slice(first_batch, first_batch + valid)
        for a, b in ((alone.logits, batch.logits), (alone.offsets, batch.offsets)):
            torch.testing.assert_close(b[1, theirs], a[0, mine], atol=raw, rtol=raw)
        assert batch.mask[1, theirs].all()
        assert batch.mask[1, first_batch : first_batch + long].sum() == valid
        first_alone, first_batch = first_alone + short, first_batch + long
    found = run(model, [mates[0], video, mates[1]], "predict")[1].pred_instances
    wanted = run(model, [video], "predict")[0].pred_instances
    assert found.scores.dtype == dtype
    if dtype == torch.float64:
        torch.testing.assert_close(found.scores, wanted.scores, atol=raw, rtol=raw)
        torch.testing.assert_close(found.segments, wanted.segments, atol=raw, rtol=raw)
        assert torch.equal(found.labels, wanted.labels)
    else:
        # Rounding is about 1e-6 in logits and distances, and Soft-NMS amplifies it: on a grid of
        # 128 steps ends are rounded to 4e-6, the IoU of segments of the least length, 0.05 steps,
        # is off by up to 4 * 4e-6 / 0.05 = 3e-4, one decay exp(-IoU^2 / 0.4) by five times that.
        assert_same_events(events(found), events(wanted), score=2e-3, segment=1e-4)


def events(instances):
    columns = (instances.segments, instances.labels, instances.scores)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_losses_do_not_depend_on_padding_or_order(small_model):
    samples = [
        make_sample(20, [[2.5, 9.0]], [1], seed=1),
        make_sample(31, [[1.0, 6.0], [4.0, 30.0]], [0, 4], seed=2),
    ]
    model = build_with_active_branches(small_model).double()
    losses = run(model, samples, "loss")
    turned = run(model, samples[::-1], "loss")
    small_model.max_len = 64
    small_model.pyramid.attention.window_size = 4  # below max_len / stride at both lengths
    wide = build_with_active_branches(small_model).double()
    small_model.max_len = 32
    narrow = build_with_active_branches(small_model).double()
    wide.load_state_dict(narrow.state_dict())
    for name in ("loss_cls", "loss_reg", "loss_lcf"):
        torch.testing.assert_close(turned[name], losses[name], atol=1e-9, rtol=1e-9)
        torch.testing.assert_close(
            run(wide, samples, "loss")[name],
            run(narrow, samples, "loss")[name],
            atol=1e-9,
            rtol=1e-9,
        )


@pytest.mark.run
def test_training_fits_two_videos(small_model):
    # Near the number of positives, so that the normalizer does not change the losses.
    small_model.head.init_normalizer = 10.0
    model = MODELS.build(small_model).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    samples = [make_sample(30, [[4.0, 11.0]], [1], seed=1), make_sample(25, [[8.0, 20.0]], [2])]
    history = []
    for _ in range(60):
        data = model.data_preprocessor(pseudo_collate(copy.deepcopy(samples)), True)
        losses = model(**data, mode="loss")
        loss = losses["loss_cls"] + losses["loss_reg"]
        optimizer.zero_grad()
        (loss + losses["loss_lcf"]).backward()
        optimizer.step()
        history.append(loss.item())
    assert history[-1] < 0.5 * history[0], history[::10]


def test_optional_slots_may_be_empty(small_model):
    small_model.modulator = small_model.neck = None
    losses = run(
        build_with_active_branches(small_model), [make_sample(12, [[1.0, 5.0]], [0])], "loss"
    )
    assert set(losses) == {"loss_cls", "loss_reg"}


def test_bfloat16_autocast_agrees_roughly_and_stays_finite(small_model):
    model = build_with_active_branches(small_model)
    samples = [make_sample(30, seed=1), make_sample(12, seed=2)]
    exact = run(model, samples)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = run(model, samples)
    assert rough.logits.dtype == torch.float32
    assert not torch.equal(rough.logits, exact.logits)
    keep = exact.mask
    error = (rough.logits.float() - exact.logits)[keep].abs().mean()
    assert error < 0.05 * exact.logits[keep].abs().mean()


def test_unknown_mode_is_refused(small_model):
    with pytest.raises(ValueError, match="'loss', 'predict' or 'tensor'"):
        run(build_with_active_branches(small_model), [make_sample(4)], "train")


def test_a_length_that_does_not_fit_the_levels_is_refused(small_model):
    small_model.max_len = 36
    message = r"model\.max_len: expected a multiple of 8, .*, such as 32 or 40, got 36"
    with pytest.raises(InputError, match=message):
        build_with_active_branches(small_model)


def test_ranges_that_do_not_fit_the_levels_are_refused(small_model):
    small_model.head.point_generator.regression_ranges = [(0, 4), (4, 8), (8, 16), (16, None)]
    small_model.pyramid.num_levels = 3
    message = (
        "regression_ranges: expected one range for each of the 3 levels of model.pyramid, got 4"
    )
    with pytest.raises(InputError, match=message):
        build_with_active_branches(small_model)


def test_an_unknown_key_of_a_part_is_refused(small_model):
    small_model.head.feat_channel = 3
    with pytest.raises(InputError, match="model.head: unknown key 'feat_channel', did you mean"):
        build_with_active_branches(small_model)


@MODELS.register_module(force=True)
class OneStream(UnimodalEncoder):
    """The mean of both streams."""

    def forward(self, visual, audio, mask):
        return dict(fused=sum(super().forward(visual, audio, mask).values()) / 2)


def test_one_stream_needs_no_pyramid(small_model):
    """The stream is the only level."""
    small_model.encoder.type = "OneStream"
    small_model.pyramid = small_model.modulator = small_model.neck = None
    model = build_with_active_branches(small_model)
    raw = run(model, [make_sample(12, seed=1)])
    assert raw.lengths == (16,)
    assert model.level_spec == FeatureSpec(16, (1,), 32)
    losses = run(model, [make_sample(12, [[1.0, 5.0]], [0])], "loss")
    assert set(losses) == {"loss_cls", "loss_reg"}


def test_two_streams_without_a_pyramid_are_reported(small_model):
    small_model.pyramid = small_model.neck = None
    with pytest.raises(InputError, match=r"model\.pyramid: expected a config, got None"):
        run(build_with_active_branches(small_model), [make_sample(4)])


@MODELS.register_module(force=True)
class StreamHead(RelevanceHead):
    """A head that uses only streams."""

    reads_levels = False

    def forward(self, features):
        visual, mask = features.streams["visual"], features.mask
        classes = self.classes(visual.sum(1) / mask.sum(1, keepdim=True))
        return RelevanceLogits(self.relevance(visual)[..., 0], classes, mask)


def test_a_head_may_read_streams_alone(small_model):
    small_model.type = "AVSegmentClassifier"
    small_model.pyramid = small_model.neck = None
    small_model.head = dict(type="StreamHead", num_classes=5)
    for check in CHECKS:
        check(small_model)


@pytest.mark.parametrize("system", ["loco", "tadtr", "vsgn"])
def test_windows_of_a_stream_have_the_candidates_of_a_long_video(system):
    """Each from the window that is responsible for its point."""
    name = "loco" if system == "loco" else f"{system}/{system}"
    model = build_with_active_branches(
        shrink_model(leaf_config(CONFIGS / f"{name}_unav100_onepeace.py").model)
    )
    # The last window is short enough for a copy in VSGN, but only whole videos get one.
    video = make_sample(66, seed=1)
    windows = model.build_windows(dict(type="SlidingWindows", size=32, overlap=16))
    plan = windows.plan(66)
    batch = model.data_preprocessor(pseudo_collate([video]))
    inputs = {name: x[0, :66] for name, x in batch["inputs"].items()}
    found = []
    with torch.no_grad():
        raw = model.head.stitch([model._forward(x) for x in windows.cut(inputs, plan)], plan)
        wanted = model.head.candidates(raw, batch["data_samples"], [1]).of_video(0)
        for window in plan:
            cut = {name: x[window.start : window.stop] for name, x in video["inputs"].items()}
            sample = EVENTS.example(window.stop - window.start, 1)
            packed = pseudo_collate([dict(inputs=cut, data_samples=sample)])
            within = StepWindow(*(step - window.start for step in window))
            segments, *rest = model.window_candidates(packed, within, False)
            found.append((segments + window.start, *rest))
    segments, scores, labels = map(torch.cat, zip(*found, strict=True))
    valid = scores > 0
    assert valid.sum() == len(wanted[1]) > 50
    assert torch.equal(labels[valid].bincount(), wanted[2].bincount())
    if system == "vsgn":
        # Scores read the boundaries of the steps around the window, and ends are clipped to it.
        return
    torch.testing.assert_close(scores[valid].sort().values, wanted[1].sort().values)
    torch.testing.assert_close(segments[valid].sum(0), wanted[0].sum(0))


def test_a_short_video_has_a_copy_also_in_a_stream():
    config = leaf_config(CONFIGS / "vsgn" / "vsgn_unav100_onepeace.py").model
    model = build_with_active_branches(shrink_model(config))
    packed = pseudo_collate([make_sample(16, seed=1)])
    batch = model.data_preprocessor(packed)
    (sample,) = batch["data_samples"]
    assert sample.clip.steps == 16
    with torch.no_grad():
        wanted = model.head.candidates(model._forward(batch["inputs"]), [sample], [1]).of_video(0)
        found = model.window_candidates(packed, StepWindow(0, 16, 0, 16), True)
    assert torch.equal(found[0], model.head.in_video(wanted[0], sample))
    assert torch.equal(found[1], wanted[1])
