"""The segment classifier: maps, padding, both kinds of supervision."""

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.errors import InputError
from loco_mm.registry import MODELS
from loco_mm.testing import (
    CHECKS,
    build_with_active_branches,
    make_segment_sample,
    predictions_of,
    run,
    shrink_model,
)

from ...comparing import CONFIGS

SPATIAL = dict(type="AudioGuidedAttention")
VARIANTS = {
    "audio-guided": {"model.spatial": SPATIAL, "features": "map"},
    "threshold": {"model.head.background": "threshold"},
    "weakly-threshold": {"model.head.background": "threshold", "supervision": "weakly"},
    "weakly-proportion": {"video_label": "proportion", "supervision": "weakly"},
    "one-event": {"model.head.test_cfg": dict(one_event=True)},
}


def tiny(options=None):
    options = dict(options or {})
    for key in ("supervision", "video_label"):
        if key in options:
            value = options.pop(key)
            options |= {f"model.head.{key}": value, f"train_dataloader.dataset.{key}": value}
    if "features" in options:
        value = options.pop("features")
        options |= {f"{s}_dataloader.dataset.features": value for s in ("train", "val", "test")}
    return shrink_model(load_config(str(CONFIGS / "loco_ave_fully.py"), options).model)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_keep_the_contract(variant, check):
    check(tiny(VARIANTS[variant]))


def test_ten_segments_alone_are_those_of_any_padding():
    model = build_with_active_branches(tiny()).double()
    labels = [5, 5, 1, 1, 1, 5, 5, 5, 5, 5]
    video = make_segment_sample(labels, 5, seed=1)
    samples = [video, make_segment_sample(labels, 5, seed=2)]
    (wanted, _), losses = run(model, samples, "predict"), run(model, samples, "loss")
    assert len(wanted.pred_segment_labels) == 10
    assert wanted.pred_segment_scores.shape == (10, 6)
    for steps in (16, 12, 40):
        model.data_preprocessor.max_len = steps
        found, _ = run(model, samples, "predict")
        for name, values in predictions_of(wanted).items():
            torch.testing.assert_close(predictions_of(found)[name], values, atol=1e-9, rtol=1e-9)
        for name, loss in run(model, samples, "loss").items():
            torch.testing.assert_close(loss, losses[name], atol=1e-9, rtol=1e-9)


def test_maps_without_attention_are_their_means():
    model = build_with_active_branches(tiny())
    labels = [5] * 10
    maps = make_segment_sample(labels, 5, cells=(7, 7))
    means = make_segment_sample(labels, 5, cells=(7, 7))
    means["inputs"]["visual"] = means["inputs"]["visual"].mean((1, 2))
    (one,), (other,) = run(model, [maps], "predict"), run(model, [means], "predict")
    torch.testing.assert_close(one.pred_segment_scores, other.pred_segment_scores)


def test_attention_over_cells_reads_the_sound():
    model = build_with_active_branches(tiny(VARIANTS["audio-guided"]))
    sample = make_segment_sample([5] * 10, 5, cells=(7, 7))
    data = dict(inputs={k: [v] for k, v in sample["inputs"].items()})
    visual, audio, mask = model.data_preprocessor(data)["inputs"].values()
    one, _ = model.spatial(visual, audio, mask)
    other, _ = model.spatial(visual, audio + 1, mask)
    assert one.shape == (1, 12, 12)
    assert not one[0, :10].allclose(other[0, :10])
    assert not one[0, 10:].any()
    with pytest.raises(InputError, match=r"set dataset\.features='map'"):
        run(model, [make_segment_sample([5] * 10, 5)], "predict")


def test_weak_supervision_never_reads_the_labels_of_segments():
    model = build_with_active_branches(tiny(dict(supervision="weakly"))).double()
    truth = make_segment_sample([5, 2, 2, 5], 5)
    loss = run(model, [truth], "loss")["loss_cls"]
    other = make_segment_sample([2, 5, 5, 5], 5)
    assert run(model, [other], "loss")["loss_cls"] == loss
    del truth["data_samples"].gt_segment_labels
    assert run(model, [truth], "loss")["loss_cls"] == loss
    fully = build_with_active_branches(tiny())
    with pytest.raises(InputError, match="expected labels of its segments"):
        run(fully, [truth], "loss")


@pytest.mark.run
def test_training_fits_three_videos():
    torch.manual_seed(0)
    model = MODELS.build(tiny(dict(supervision="weakly")))
    fully = MODELS.build(tiny())
    rows = [[5, 5, 1, 1, 1, 5, 5, 5, 5, 5], [5] * 10, [3] * 10]
    samples = [make_segment_sample(row, 5, seed) for seed, row in enumerate(rows)]
    for built in (model, fully):
        built.train()
        optimizer = torch.optim.AdamW(built.parameters(), lr=5e-3)
        history = []
        for _ in range(120):
            losses = run(built, samples, "loss")
            optimizer.zero_grad()
            (losses["loss_cls"] + losses["loss_lcf"]).backward()
            optimizer.step()
            history.append(losses["loss_cls"].item())
        assert history[-1] < 0.3 * history[0], history[::10]
    found = run(fully.eval(), samples, "predict")
    assert [sample.pred_segment_labels.tolist() for sample in found] == rows
