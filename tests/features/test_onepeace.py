"""ONE-PEACE with a replacement for its package."""

import sys

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.features import build_extractor

from .small_extractors import small_onepeace


def test_what_the_model_gets(monkeypatch, tmp_path):
    config, model = small_onepeace(monkeypatch, tmp_path)
    with pytest.warns(UserWarning, match="not UnAV-100's published ones"):
        extractor = build_extractor(config)
    frames = np.full((2, 256, 256, 3), 255, np.uint8)
    assert extractor.visual.encode_frames(frames).shape == (2, 1536)
    white = (1 - np.array([0.48145466, 0.4578275, 0.40821073])) / [
        0.26862954,
        0.26130258,
        0.27577711,
    ]
    np.testing.assert_allclose(model.seen["images"][0, :, 7, 7], white, rtol=1e-5)
    sound = np.random.default_rng(0).normal(3, 0.2, (2, 16000)).astype(np.float32)
    assert extractor.audio.encode(sound).shape == (2, 1536)
    samples = model.seen["samples"].numpy()
    np.testing.assert_allclose(samples.mean(1), 0, atol=1e-4)
    np.testing.assert_allclose(samples.std(1), 1, atol=1e-3)


def test_weights_that_are_not_given(monkeypatch, tmp_path):
    small_onepeace(monkeypatch, tmp_path)
    with pytest.raises(InputError, match="weights is missing. Fix: give the file; .*one-peace.pt"):
        build_extractor(dict(type="onepeace"))


def test_weights_that_the_package_cannot_load(monkeypatch, tmp_path):
    config, _ = small_onepeace(monkeypatch, tmp_path)

    def broken(weights, device, dtype):
        raise KeyError("cfg")

    sys.modules["one_peace.models"].from_pretrained = broken
    with pytest.raises(InputError, match="weights one-peace.pt: ONE-PEACE cannot load it: 'cfg'"):
        build_extractor(config)


def test_without_the_package():
    with pytest.raises(InputError, match="package 'one_peace.models' is not installed. Fix"):
        build_extractor(dict(type="onepeace"))
