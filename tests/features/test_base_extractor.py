"""The time grid of all extractors, and their outputs."""

import av
import numpy as np
import pytest
import torch

from loco_mm.features import default_extractor

from ..media_files import EVENT, KINDS, write_flash
from .small_extractors import small_extractor

# Number of windows per minute of video, by test case.
STEPS = {
    "spectral": 239,
    "timm": 237,
    "clip+ast": 237,
    "vjepa2+clap": 237,
    "i3d-vggish": 185,
    "onepeace": 237,
    "pretrained": 185,
}
NAMES = tuple(STEPS)
HARDEST = ("24 fps, 22 kHz, late sound", "uneven, stereo")


@pytest.fixture(params=NAMES)
def extractor(request, monkeypatch, tmp_path):
    packages = {"timm": "timm", "i3d-vggish": "torchvision"}
    if package := "transformers" if "+" in request.param else packages.get(request.param):
        request.getfixturevalue(package)
    if request.param == "pretrained" and default_extractor() != "pretrained":
        pytest.skip("the weights are not installed")
    return small_extractor(request.param, monkeypatch, tmp_path)


def _changed(found, quiet):
    """Steps at which features change by at least a fifth of the largest change."""
    change = np.abs(found - quiet).max(1)
    return np.flatnonzero(change > 0.2 * change.max()).tolist()


@pytest.mark.filterwarnings("ignore:visual features of the ONE-PEACE package")
def test_a_flash_and_a_click_are_in_the_same_steps(extractor, request, tmp_path):
    """Exactly those whose window covers the event, for all kinds of files."""
    grid = extractor.kind.grid
    steps = grid.num_steps(6.0)
    starts = np.arange(steps) * grid.stride / grid.fps
    covering = np.flatnonzero((starts <= EVENT) & (starts + grid.num_frames / grid.fps > EVENT))
    # All use the same decoders, so one of them reads all kinds of files, and the others two.
    kinds = KINDS if request.node.callspec.params["extractor"] == "spectral" else HARDEST
    for ending, settings in (KINDS[name] for name in kinds):
        path = tmp_path / f"x{ending}"
        _, features = extractor.extract(write_flash(path, **settings))
        _, quiet = extractor.extract(write_flash(path, **settings, events=False))
        for suffix, found in features.items():
            assert found.dtype == np.float32
            assert len(found) == len(quiet[suffix]) >= steps - 1
            assert _changed(found, quiet[suffix]) == covering.tolist(), (settings, suffix)


def test_widths_and_files_are_those_it_says(extractor, tmp_path):
    media, features = extractor.extract(write_flash(tmp_path / "x.mp4"))
    kind = extractor.kind
    assert list(features) == [*kind.visual.suffixes, *kind.audio.suffixes]
    widths = [array.shape[1] for array in features.values()]
    assert sum(widths[:-1]) == kind.visual.dim and widths[-1] == kind.audio.dim
    assert {len(array) for array in features.values()} == {kind.grid.num_steps(media.duration)}


def _plainly_decoded(path):
    """Times and brightness of frames and of their centres, times and level of every 10 ms."""
    with av.open(str(path)) as container:
        pictures = [
            (frame.time, [image.mean(), image[3:-3, 11:-11].mean()])
            for frame in container.decode(video=0)
            for image in [frame.reformat(64, 48, "gray").to_ndarray()]
        ]
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        samples = np.concatenate([x.to_ndarray().mean(0) for x in container.decode(audio=0)])
    blocks = samples[: len(samples) // (rate // 100) * (rate // 100)].reshape(-1, rate // 100)
    levels = np.sqrt((blocks**2).mean(1, keepdims=True))
    times, fields = map(np.array, zip(*pictures, strict=True))
    return (times, fields), (np.arange(len(levels)) / 100, np.log(levels + 1e-4))


def _best_lag(features, target, most=4):
    """Lag in steps of a column of a target behind the features that predict it best."""
    # Uses changes, as constant parts contain little information about the time.
    features, target = (np.diff(array, axis=0) for array in (features, target))
    # Large, as there are more channels than steps.
    ridge = 10 * np.mean(features**2) * len(features) * np.eye(features.shape[1])
    correlation = {}
    for lag in range(-most, most + 1):
        x = features[max(0, -lag) : len(features) - max(0, lag)]
        y = target[max(0, lag) : len(target) - max(0, -lag)]
        guess = x @ np.linalg.solve(x.T @ x + ridge, x.T @ y)
        correlation[lag] = max(np.corrcoef(a, b)[0, 1] for a, b in zip(guess.T, y.T, strict=True))
    return max(correlation, key=correlation.get)


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:visual features of the ONE-PEACE package")
def test_a_real_video(extractor, request, shared):
    """Number of steps, and each step predicts best what simple decoding finds in its own window."""
    path = shared / "data" / "--HuBNHXu9I.mp4"
    torch.manual_seed(0)
    media, features = extractor.extract(path)
    grid, name = extractor.kind.grid, request.node.callspec.params["extractor"]
    assert media.duration == pytest.approx(60.06, abs=0.01)
    assert {len(array) for array in features.values()} == {STEPS[name]}
    assert grid.num_steps(media.duration) == STEPS[name]
    starts = np.arange(STEPS[name]) * grid.stride / grid.fps
    kinds = (extractor.kind.visual, extractor.kind.audio)
    for kind, (times, values) in zip(kinds, _plainly_decoded(path), strict=True):
        found = features[kind.suffixes[0]]
        assert np.isfinite(found).all()
        inside = [(times >= s) & (times < s + grid.num_frames / grid.fps) for s in starts]
        # Random networks predict neither well, and the replacement of ONE-PEACE does not contain
        # the loudness, as its audio is normalized.
        if "+" in name or (name, kind) == ("onepeace", extractor.kind.audio):
            continue
        assert _best_lag(found, np.stack([values[window].mean(0) for window in inside])) == 0
