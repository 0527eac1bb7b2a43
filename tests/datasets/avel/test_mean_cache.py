"""Spatial means in a cache file."""

import os

import h5py
import numpy as np
import pytest

from loco_mm.datasets.avel import mean_cache
from loco_mm.datasets.avel.mean_cache import cached_means, spatial_mean
from loco_mm.errors import InputError
from loco_mm.fileio import HDF5Array

from .conftest import write_array


def source(path):
    return HDF5Array(path, "avadataset", "feature file", [("N", 10, "H", "W", "D")])


@pytest.fixture
def path(tmp_path):
    write_array(tmp_path / "maps.h5", np.random.default_rng(0).random((3, 10, 7, 5, 4)))
    return tmp_path / "maps.h5"


def test_the_means_are_those_of_the_maps(path, tmp_path):
    with h5py.File(path) as file:
        maps = file["avadataset"][:]
    means = cached_means(source(path), tmp_path / "means.h5")
    assert means.shape == (3, 10, 4)
    for row in range(3):
        expected = maps[row].reshape(10, 35, 4).mean(axis=1)
        np.testing.assert_allclose(means.read_floats(row), expected, rtol=1e-6)
        # Bitwise equal to reading without the cache.
        np.testing.assert_array_equal(
            means.read_floats(row), spatial_mean(source(path).read_floats(row))
        )


def test_it_is_written_once_and_again_when_the_maps_change(path, tmp_path, monkeypatch):
    written = []
    real = mean_cache._write

    def write(*arguments):
        written.append(1)
        real(*arguments)

    monkeypatch.setattr(mean_cache, "_write", write)
    for _ in range(2):
        cached_means(source(path), tmp_path / "means.h5")
    assert len(written) == 1
    write_array(path, np.full((3, 10, 7, 5, 4), 2.0))
    os.utime(path, ns=(1, 1))
    means = cached_means(source(path), tmp_path / "means.h5")
    assert len(written) == 2
    assert (means.read_floats(1) == 2).all()


@pytest.mark.parametrize("kind", ["maps", "text", "hdf5", "folder", "link"])
def test_what_is_no_file_of_means_is_never_replaced(path, tmp_path, kind):
    target = tmp_path / "means.h5"
    if kind == "maps":
        target = path
    elif kind == "text":
        target.write_text("thesis")
    elif kind == "hdf5":
        write_array(target, np.ones((3, 10, 4)))
    elif kind == "folder":
        target.mkdir()
    else:
        target.symlink_to("gone")
    before = target.read_bytes() if target.is_file() else None
    with pytest.raises(
        InputError, match="expected means of these maps, got another file, which is not replaced"
    ):
        cached_means(source(path), target)
    assert before is None or target.read_bytes() == before


def test_nothing_half_written_stays(path, tmp_path, monkeypatch):
    write_array(path, np.full((3, 10, 7, 5, 4), np.nan))
    with pytest.raises(
        InputError,
        match=r"'avadataset'\[0\]: expected finite numbers, got 1400 of 1400 values NaN or "
        r"infinite",
    ):
        cached_means(source(path), tmp_path / "means.h5")
    assert [p.name for p in tmp_path.iterdir()] == ["maps.h5"]
