"""Bad arguments of ``init_model`` and ``inference`` are refused."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

from loco_mm.apis import inference, init_model
from loco_mm.structures import TemporalGrid

from .test_bad_calls import INF, NAN, refused

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
    ("visual", WIDE, "model.encoder.visual_dim: expected visual features with 12 channels, got 13"),
    (
        "audio",
        np.zeros((60, 9)),
        "model.encoder.audio_dim: expected audio features with 8 channels, got 9",
    ),
    ("visual", WIDE[:, :12].astype(object), "visual: expected numbers.*, got ndarray of object"),
    ("visual", WIDE.astype(complex), "visual: expected numbers.*, got ndarray of complex128"),
    ("visual", WIDE > 0, "visual: expected numbers.*, got ndarray of bool"),
    ("visual", None, r"visual: expected numbers \(T, channels\), got None"),
    ("visual", "a.npy", "visual: expected numbers.*, got 'a.npy'"),
    ("visual", WIDE[0], r"visual: expected .*, got shape \(13,\)"),
    ("visual", WIDE[:0], r"visual: expected at least one step, got shape \(0, 13\)"),
    ("visual", WIDE[None], r"visual: expected .*, got shape \(1, 60, 13\)"),
    (
        "audio",
        with_value(np.zeros((60, 8)), NAN),
        "audio: expected .*, got 1 of 480 values NaN or infinite",
    ),
    (
        "audio",
        with_value(np.zeros((60, 8)), -INF),
        "audio: expected .*, got 1 of 480 values NaN or infinite",
    ),
    (
        "audio",
        with_value(np.zeros((60, 8)), 1e39),
        "audio: expected .*, got 1 of 480 values NaN or infinite",
    ),
    ("audio", np.zeros((50, 8)), "expected two arrays .* of one length"),
    ("duration", NAN, "duration: expected seconds > 0, got nan"),
    ("duration", -1, "duration: expected seconds > 0, got -1"),
    ("duration", "15", "duration: expected seconds > 0, got '15'"),
    ("duration", 1e6, "expected .* steps for .* on the grid .*, got 60"),
    ("grid", None, "grid: expected a dict, got None"),
    ("grid", dict(fps=16), r"grid: expected 'fps', 'num_frames', 'stride', got \['fps'\]"),
    ("grid", GRID | dict(fps=0), "grid.fps: expected a positive number, got 0"),
    ("grid", GRID | dict(fps="16"), "grid.fps: expected a positive number, got '16'"),
    ("video_id", 3, "video_id: expected a string, got 3"),
]


@pytest.mark.parametrize(("name", "value", "text"), INFERENCE)
def test_inference(cfg, name, value, text):
    with refused(text):
        inference(init_model(cfg), **features(**{name: value}))


def test_inference_by_what_is_no_model_or_still_trains(cfg):
    with refused("inference.model: expected a model of init_model, got Linear"):
        inference(torch.nn.Linear(1, 1), **features())
    with refused("inference.model: expected evaluation mode, by model.eval.*, got training mode"):
        inference(init_model(cfg).train(), **features())


@pytest.mark.parametrize("tower", ["cls_tower", "reg_tower"])
def test_predictions_that_are_no_numbers_are_not_taken_for_silence(cfg, tower):
    model = init_model(cfg)
    getattr(model.head, tower).output.bias.data.fill_(NAN)
    with refused("video v: the model's predictions are NaN: its features may exceed the range"):
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
        ("gpu", "device: expected a device of this machine.*, got 'gpu' .*"),
        ("cuda:99", "device: expected .*, got 'cuda:99' .*"),
        ("meta", "device: expected .*, got 'meta' .*"),
        (None, "device: expected .*, got None .*"),
        (3.5, "device: expected .*, got 3.5 .*"),
    ],
)
def test_devices(cfg, device, text):
    with refused(rf"init_model\.{text}"):
        init_model(cfg, device=device)


def test_models_that_cannot_be_made(cfg, tmp_path):
    with refused("init_model.config: expected a file or a Config, got dict"):
        init_model(dict(cfg))
    with refused(r"gone\.py"):
        init_model(tmp_path / "gone.py")
    with refused("it has no model"):
        init_model(Config(dict(default_scope="mmaction")))
    with refused("init_model.checkpoint: expected a file, got int"):
        init_model(cfg, 3)
    for key, value, text in (
        ("type", "AVLocaliser", "model.type: .* did you mean 'AVLocalizer'"),
        ("max_len", "x", "max_len: expected .*, got 'x'"),
        ("width", 3, "model: unknown key 'width'"),
    ):
        bad = Config(dict(model={**cfg.model, key: value}))
        with refused(text):
            init_model(bad)
