"""The clock of every extractor, and what it gives."""

import numpy as np
import pytest

from ..media_files import EVENT, KINDS, write_flash
from .small_extractors import small_extractor

NAMES = ("spectral", "timm", "clip+ast", "vjepa2+clap", "i3d-vggish", "onepeace")


@pytest.fixture(params=NAMES)
def extractor(request, monkeypatch, tmp_path):
    packages = {"timm": "timm", "i3d-vggish": "torchvision"}
    if package := "transformers" if "+" in request.param else packages.get(request.param):
        request.getfixturevalue(package)
    return small_extractor(request.param, monkeypatch, tmp_path)


def _changed(found, quiet):
    """Steps at which features differ by a fifth of the largest difference."""
    change = np.abs(found - quiet).max(1)
    return np.flatnonzero(change > 0.2 * change.max()).tolist()


@pytest.mark.filterwarnings("ignore:visual features of the ONE-PEACE package")
def test_a_flash_and_a_click_are_in_the_same_steps(extractor, tmp_path):
    """Those whose window covers them, whatever the file is like."""
    grid = extractor.kind.grid
    steps = grid.num_steps(6.0)
    starts = np.arange(steps) * grid.stride / grid.fps
    covering = np.flatnonzero((starts <= EVENT) & (starts + grid.num_frames / grid.fps > EVENT))
    for ending, settings in KINDS.values():
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
