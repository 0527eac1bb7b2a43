"""Arguments of ``init_model`` and ``inference``: what is wrong with them is told."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

from loco_mm.apis import inference, init_model
from loco_mm.structures import TemporalGrid

from .test_bad_calls import INF, NAN, told

GRID = dict(fps=16, num_frames=16, stride=4)


@pytest.fixture
def cfg(small_model):
    return Config(dict(model=small_model, default_scope="mmaction"))


def features(**changes):
    rng = np.random.default_rng(0)
    return (
        dict(visual=rng.normal(size=(60, 12)), audio=rng.normal(size=(60, 8)), grid=GRID) | changes
    )


def with_value(array, value):
    array = np.array(array)
    array[3, 2] = value
    return array


WIDE = np.zeros((60, 13))
INFERENCE = [
    ("visual", WIDE, "visual features have 13 channels, 12 expected by model.encoder.visual_dim"),
    ("audio", np.zeros((60, 9)), "audio features have 9 channels, 8 expected"),
    ("visual", WIDE[:, :12].astype(object), "visual: ndarray of object found, numbers"),
    ("visual", WIDE.astype(complex), "visual: ndarray of complex128 found, numbers"),
    ("visual", WIDE > 0, "visual: ndarray of bool found, numbers"),
    ("visual", None, r"visual: None found, numbers \(T, channels\) expected"),
    ("visual", "a.npy", "visual: 'a.npy' found, numbers"),
    ("visual", WIDE[0], r"visual: shape \(13,\) found"),
    ("visual", WIDE[:0], r"visual: shape \(0, 13\) found, at least one step expected"),
    ("visual", WIDE[None], r"visual: shape \(1, 60, 13\) found"),
    ("audio", with_value(np.zeros((60, 8)), NAN), "audio: 1 of 480 values NaN or infinite found"),
    ("audio", with_value(np.zeros((60, 8)), -INF), "audio: 1 of 480 values NaN or infinite found"),
    ("audio", with_value(np.zeros((60, 8)), 1e39), "audio: 1 of 480 values NaN or infinite found"),
    ("audio", np.zeros((50, 8)), "two arrays .* of one length expected"),
    ("duration", NAN, "duration: nan found, seconds above 0 expected"),
    ("duration", -1, "duration: -1 found, seconds above 0 expected"),
    ("duration", "15", "duration: '15' found, seconds above 0 expected"),
    ("duration", 1e6, "60 steps found for .* expected by the grid"),
    ("grid", None, "grid is None, a dict expected"),
    ("grid", dict(fps=16), r"grid has \['fps'\], 'fps', 'num_frames', 'stride' expected"),
    ("grid", GRID | dict(fps=0), "grid.fps must be a positive number, got 0"),
    ("grid", GRID | dict(fps="16"), "grid.fps must be a positive number, got '16'"),
    ("video_id", 3, "video_id: 3 found, a text expected"),
]


@pytest.mark.parametrize(("name", "value", "text"), INFERENCE)
def test_inference(cfg, name, value, text):
    with told(text):
        inference(init_model(cfg), **features(**{name: value}))


def test_inference_by_what_is_no_model_or_still_trains(cfg):
    with told("inference.model: Linear found, a model of init_model expected"):
        inference(torch.nn.Linear(1, 1), **features())
    with told("inference.model: training mode found, evaluation mode, by model.eval"):
        inference(init_model(cfg).train(), **features())


@pytest.mark.parametrize("tower", ["cls_tower", "reg_tower"])
def test_predictions_that_are_no_numbers_are_not_taken_for_silence(cfg, tower):
    model = init_model(cfg)
    getattr(model.head, tower).output.bias.data.fill_(NAN)
    with told("video v: the model's predictions are NaN: its features may be too large"):
        inference(model, **features(video_id="v"))


def test_inference_of_odd_types_is_that_of_plain_ones(cfg):
    torch.manual_seed(0)
    model = init_model(cfg)
    torch.nn.init.zeros_(model.head.cls_tower.output.bias)
    plain = features()
    plain |= {name: plain[name].astype(np.float32) for name in ("visual", "audio")}
    wanted = inference(model, **plain).pred_instances
    assert len(wanted) > 5
    read_only = plain["audio"].copy()
    read_only.flags.writeable = False
    for odd in (
        dict(visual=plain["visual"].astype(">f4"), audio=plain["audio"].astype(">f8")),
        dict(visual=plain["visual"].tolist(), audio=torch.tensor(plain["audio"])),
        dict(visual=torch.tensor(plain["visual"], requires_grad=True), audio=read_only),
        dict(audio=np.asfortranarray(plain["audio"]), grid=TemporalGrid(**GRID)),
        {name: plain[name][::-1, ::-1].copy()[::-1, ::-1] for name in ("visual", "audio")},
        dict(duration=np.float32(15.75)),
    ):
        found = inference(model, **(plain | odd)).pred_instances
        assert torch.equal(found.segments, wanted.segments)
        assert torch.equal(found.scores, wanted.scores)


@pytest.mark.parametrize(
    ("device", "text"),
    [
        ("gpu", "device: 'gpu' .* found, a device that is there"),
        ("cuda:99", "device: 'cuda:99' .* found"),
        ("meta", "device: 'meta' .* found"),
        (None, "device: None .* found"),
        (3.5, "device: 3.5 .* found"),
    ],
)
def test_devices(cfg, device, text):
    with told(rf"init_model\.{text}"):
        init_model(cfg, device=device)


def test_models_that_cannot_be_made(cfg, tmp_path):
    with told("init_model.config: dict found, a file or a Config expected"):
        init_model(dict(cfg))
    with told(r"gone\.py"):
        init_model(tmp_path / "gone.py")
    with told("it has no model"):
        init_model(Config(dict(default_scope="mmaction")))
    with told("init_model.checkpoint: int found, a file expected"):
        init_model(cfg, 3)
    for key, value, text in (
        ("type", "AVLocaliser", "model.type: .* did you mean 'AVLocalizer'"),
        ("max_len", "x", "max_len: 'x' found"),
        ("width", 3, "model: unknown key 'width'"),
    ):
        bad = Config(dict(model={**cfg.model, key: value}))
        with told(text):
            init_model(bad)
