"""Features of a running video are those of the complete one."""

import numpy as np
import pytest
import torch

from loco_mm.features import LiveFeatures, build_extractor
from loco_mm.media import open_live

from ..media.growth import growing_copy
from ..media_files import KINDS, write_flash
from .small_extractors import small_extractor

# Strides that are smaller and larger than a window.
GRIDS = [dict(fps=16, num_frames=8, stride=4), dict(fps=10, num_frames=3, stride=5)]


def read_live(extractor, path, counts=(1, 7, 2, 16), timeout=0.0):
    """Features in pieces of several lengths, and how far the file had been read for each."""
    parts, ahead = [], []
    with open_live(path, timeout) as media:
        live, given = LiveFeatures(extractor, media), 0
        while True:
            count = counts[len(parts) % len(counts)]
            parts.append(live.take(count))
            found = len(next(iter(parts[-1].values())))
            given += found
            grid = extractor.kind.grid
            ahead.append(media.time - ((given - 1) * grid.stride + grid.num_frames) / grid.fps)
            if found < count:
                assert not len(next(iter(live.take(3).values())))
                break
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, ahead


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("kind", ["plain", "uneven, stereo", "transport stream, late sound"])
def test_spectral_features(tmp_path, kind, grid):
    suffix, options = KINDS[kind]
    path = write_flash(tmp_path / f"a{suffix}", seconds=9.0, **options)
    extractor = build_extractor(dict(type="spectral", grid=grid))
    _, wanted = extractor.extract(path)
    found, ahead = read_live(extractor, path)
    assert list(found) == list(wanted)
    for name, features in wanted.items():
        np.testing.assert_allclose(found[name], features, atol=1e-6)
    # It does not read far ahead; in the files, frames and sound are up to 2 s apart.
    assert max(ahead[3:]) < 2.5


def test_a_file_that_grows(tmp_path):
    path = write_flash(tmp_path / "a.mkv", seconds=7.0)
    extractor = build_extractor(dict(type="spectral"))
    with growing_copy(path, tmp_path / "b.mkv") as grown:
        found, _ = read_live(extractor, grown, timeout=0.5)
    for name, features in extractor.extract(path)[1].items():
        np.testing.assert_allclose(found[name], features, atol=1e-6)


@pytest.mark.parametrize("name", ["i3d-vggish", "onepeace"])
def test_networks(name, monkeypatch, tmp_path, request):
    """Windows of frames with a look ahead, of frames together, and of a sound with its context."""
    if name == "i3d-vggish":
        request.getfixturevalue("torchvision")
    torch.manual_seed(0)
    extractor = small_extractor(name, monkeypatch, tmp_path)
    path = write_flash(tmp_path / "a.ts", seconds=4.0)
    _, wanted = extractor.extract(path)
    found, _ = read_live(extractor, path, (2, 5))
    for name, features in wanted.items():
        scale = np.abs(features).max()
        np.testing.assert_allclose(found[name], features, atol=1e-4 * scale, rtol=1e-4)
