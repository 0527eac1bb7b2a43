"""Models and predictions from Python."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

from loco_mm.apis import inference, init_model, load_config
from loco_mm.errors import InputError
from loco_mm.structures import TemporalGrid
from loco_mm.testing import shrink_model

from ..comparing import CONFIGS

GRID = dict(fps=16, num_frames=16, stride=4)


@pytest.fixture
def cfg(small_model):
    return Config(dict(model=small_model, default_scope="mmaction"))


def features(steps, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, 12)), rng.normal(size=(steps, 8))


def test_a_model_from_config_and_checkpoint_predicts_as_the_original(cfg, tmp_path):
    torch.manual_seed(0)
    model = init_model(cfg)
    torch.nn.init.zeros_(model.head.cls_tower.output.bias)
    meta = dict(dataset_meta=dict(classes=("a", "b", "c", "d", "e")))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / "m.pth")
    again = init_model(cfg, str(tmp_path / "m.pth"))
    assert not again.training
    assert again.info.classes == ("a", "b", "c", "d", "e")
    one = inference(model, *features(60), GRID).pred_instances
    other = inference(again, *features(60), TemporalGrid(**GRID)).pred_instances
    assert torch.equal(one.segments, other.segments)
    assert torch.equal(one.scores, other.scores)
    assert len(one.scores) == 100
    assert (one.scores.diff() <= 0).all()


@pytest.mark.parametrize("steps", [1, 5, 32, 797])
def test_any_length_runs_and_stays_within_the_video(cfg, steps):
    torch.manual_seed(0)
    model = init_model(cfg)
    torch.nn.init.zeros_(model.head.cls_tower.output.bias)
    sample = inference(model, *features(steps), GRID)
    assert sample.duration == pytest.approx((4 * (steps - 1) + 16) / 16)
    found = sample.pred_instances.segments
    assert found.min() >= 0
    assert found.max() <= sample.duration
    assert torch.isfinite(sample.pred_instances.scores).all()
    end = 0.95 * sample.duration
    short = inference(model, *features(steps), GRID, duration=end, video_id="x")
    assert short.video_id == "x"
    assert short.pred_instances.segments.max() <= end


def test_bad_features_and_checkpoints_are_refused(cfg, tmp_path):
    model = init_model(cfg)
    visual, audio = features(9)
    with pytest.raises(InputError, match=r"got visual \(9, 12\) and audio \(8, 8\)"):
        inference(model, visual, audio[:8], GRID)
    for duration in (1000.0, 0.1):
        with pytest.raises(InputError, match="expected .* steps for .* on the grid .*, got 60"):
            inference(model, *features(60), GRID, duration=duration)
    with pytest.raises(
        InputError, match=r"visual: expected numbers \(T, channels\), got shape \(12,\)"
    ):
        inference(model, visual[0], audio[0], GRID)
    with pytest.raises(InputError, match=r"gone\.pth: no such file"):
        init_model(cfg, "gone.pth")
    state = model.state_dict()
    state["head.scale"] = torch.ones(7)
    torch.save(dict(state_dict=state), tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"other\.pth: it does not match the model: .*head\.scale"):
        init_model(cfg, str(tmp_path / "other.pth"))


def test_a_model_of_segments_takes_features_alone():
    model = init_model(shrunk("loco_ave_fully"))
    visual, audio = features(10)
    found = inference(model, visual, audio, video_id="x")
    assert found.video_id == "x"
    assert found.pred_segment_labels.shape == (10,)
    assert found.pred_segment_scores.shape == (10, 6)
    maps = np.repeat(visual, 49, axis=0).reshape(10, 7, 7, 12)
    again = inference(model, maps, audio)
    torch.testing.assert_close(again.pred_segment_scores, found.pred_segment_scores)
    assert len(inference(model, *features(37)).pred_segment_labels) == 37
    with pytest.raises(
        InputError,
        match="inference.grid, duration: expected None for a model of segments, got a value",
    ):
        inference(model, visual, audio, GRID)
    with pytest.raises(
        InputError, match=r"visual: expected numbers \(T, channels\), got shape \(7, 7, 12\)"
    ):
        inference(model, maps[0], audio)
    with pytest.raises(InputError, match="two arrays"):
        inference(model, maps, audio[:9])


def shrunk(name):
    cfg = load_config(str(CONFIGS / f"{name}.py"))
    cfg.model = shrink_model(cfg.model)
    return cfg
