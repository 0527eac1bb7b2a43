"""A model that remembers."""

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.testing import build_alive, eventful_samples, run, shrink_model

from ...comparing import CONFIGS


@pytest.fixture(params=["fully", "weakly"])
def model(request):
    path = CONFIGS / "lesp" / f"lesp_ave_{request.param}.py"
    return shrink_model(load_config(str(path)).model)


def test_the_segment_whose_sight_and_sound_fit_best_is_remembered(model):
    built, samples = build_alive(model), eventful_samples(model)
    assert not built.memory.scores.any()
    run(built, samples, "loss")
    batch = built.data_preprocessor(dict(inputs=stacked(samples), data_samples=[]), False)
    rows = [sample["data_samples"] for sample in samples]
    with torch.no_grad():
        features = super(type(built), built).extract_feat(batch["inputs"])
        scores = built.head.agreement(features.extras, features.mask, rows)
    for number, sample in enumerate(rows):
        label = int(sample.gt_video_label[:-1].argmax())
        step = int(scores[number].argmax())
        slot = (built.memory.audio[label] - batch["inputs"]["audio"][number, step]).abs().sum(-1)
        assert slot.min() == 0
        best = built.memory.scores[label, slot.argmin()]
        torch.testing.assert_close(best, scores[number, step])
        seen = built.memory.visual[label, slot.argmin()]
        assert torch.equal(seen, batch["inputs"]["visual"][number, step])
        if built.head.supervision == "fully":
            assert sample.gt_segment_labels[step] < built.head.num_classes


def stacked(samples):
    return {name: [s["inputs"][name] for s in samples] for name in ("visual", "audio")}


def test_a_test_remembers_nothing(model):
    built, samples = build_alive(model), eventful_samples(model)
    run(built, samples, "predict")
    assert not built.memory.scores.any()


def test_what_is_remembered_changes_what_is_found(model):
    built, samples = build_alive(model), eventful_samples(model)
    before = run(built, samples, "predict")[0].pred_segment_scores
    run(built, samples, "loss")
    assert not torch.allclose(run(built, samples, "predict")[0].pred_segment_scores, before)
