"""Preprocessing of I3D and VGGish."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.features import Windows, build_extractor
from loco_mm.features.i3d_vggish import VGGishSound
from loco_mm.features.mel import MelSpectrum

from .small_extractors import TinyVGGish, saved, small_i3d_vggish


@pytest.fixture
def config(monkeypatch, tmp_path, torchvision):
    import torchvision.models.optical_flow  # noqa: F401

    return small_i3d_vggish(monkeypatch, tmp_path)


def test_flow_and_colours_of_windows(config):
    """By hand: frames of one shade, and replaced flow of 20 times the change."""
    visual = build_extractor(config).visual
    shades = np.array([0, 51, 51, 102, 102, 102, 0] * 5)[: 24 + 8 + 1]
    frames = (np.full((256, 300, 3), shade, np.uint8) for shade in shades)
    (rgb, flow), *rest = list(visual.encode(frames, Windows(24, 8, 2)))
    assert not rest and rgb.shape == flow.shape == (2, 6)
    scaled = 2 * shades / 255 - 1
    pixels = np.clip(20 * np.diff(scaled), -20, 20)
    steps = 2 * np.round(128 + 255 / 40 * pixels) / 255 - 1
    for window, start in enumerate((0, 8)):
        np.testing.assert_allclose(rgb[window], scaled[start : start + 24].mean(), atol=1e-5)
        np.testing.assert_allclose(flow[window], steps[start : start + 24].mean(), atol=1e-5)


def test_the_mel_front_end_is_that_of_the_whole_sound(config, monkeypatch, tmp_path):
    """Windows of 0.96 s every 0.32 s have the same frames as the complete audio."""
    seen = []
    monkeypatch.setattr(
        TinyVGGish, "forward", lambda self, levels: seen.append(levels) or levels[:, 0, :4]
    )
    extractor = build_extractor(config)
    sound = np.random.default_rng(0).normal(0, 0.1, 16000 * 3).astype(np.float32)
    size = round(0.96 * 16000) + extractor.audio.extra_samples
    starts = [round(0.32 * step * 16000) for step in range(6)]
    extractor.audio.encode(np.stack([sound[start : start + size] for start in starts]))
    whole = np.log(MelSpectrum()(sound[None])[0] + 0.01)
    for step, levels in enumerate(seen[0].numpy()):
        np.testing.assert_allclose(levels, whole[32 * step : 32 * step + 96], atol=1e-5)


def test_whitened(config, tmp_path):
    rng = np.random.default_rng(0)
    vectors, means = rng.normal(size=(128, 128)), rng.normal(size=128)
    np.savez(tmp_path / "pca.npz", pca_eigen_vectors=vectors, pca_means=means[:, None])
    features = rng.normal(size=(2, 128)).astype(np.float32)

    class Given(TinyVGGish):
        def forward(self, levels):
            return torch.from_numpy(features)

    sound = VGGishSound(config["vggish"], str(tmp_path / "pca.npz"), "cpu")
    sound.network = Given()
    found = sound.encode(np.zeros((2, 15600), np.float32))
    for row in range(2):
        whitened = vectors @ (features[row] - means)
        np.testing.assert_allclose(found[row], np.round((np.clip(whitened, -2, 2) + 2) * 63.75))


@pytest.mark.parametrize(
    "missing, message",
    [
        ("rgb", "rgb is missing. Fix: they are Inception I3D's for Kinetics-400, as 'i3d_rgb.pt'"),
        ("raft", "raft is missing. Fix: they are torchvision's Raft_Large_Weights.C_T_SKHT_V2"),
        ("vggish", "vggish is missing. Fix: they are VGGish's, as 'vggish-10086976.pth'"),
    ],
)
def test_weights_that_are_not_given(config, missing, message):
    with pytest.raises(InputError) as error:
        build_extractor({**config, missing: None})
    assert message in str(error.value)


def test_weights_of_something_else(config, tmp_path):
    other = saved(torch.nn.Linear(2, 2), tmp_path / "other.pth")
    with pytest.raises(InputError, match=f"flow {other}: 3 weights, as bias, unknown in it"):
        build_extractor({**config, "flow": other})


def test_without_torchvision(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)
    with pytest.raises(InputError, match="package 'torchvision' is not installed. Fix: pip"):
        build_extractor(dict(type="i3d-vggish"))
