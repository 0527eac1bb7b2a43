"""Loading features."""

import os

import numpy as np
import pytest

from loco_mm.datasets import LoadAVFeatures, RandomTemporalCrop
from loco_mm.errors import InputError
from loco_mm.structures import FeatureKind, TemporalGrid

from ...robustness.mutations import npy_file
from ..conftest import FEATURES


def load(folder, features=FEATURES):
    kind = FeatureKind.from_config(features)
    return LoadAVFeatures()(dict(video_id="v", features_dir=str(folder), features=kind))


def test_loading_joins_files_and_cuts_to_the_shorter(tmp_path, write_features):
    folder = write_features(tmp_path, "v", steps=30, audio_steps=28)
    results = load(folder)
    assert results["visual"].shape == (28, 4)
    assert results["audio"].shape == (28, 3)
    assert results["visual"].dtype == results["audio"].dtype == np.float32
    parts = [np.load(folder / f"v_a{i}.npy") for i in (1, 2)]
    assert np.array_equal(results["audio"], np.concatenate(parts, 1))
    assert results["grid"] == TemporalGrid(16, 16, 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_other_numbers_become_float32(tmp_path, write_features, dtype):
    folder = write_features(tmp_path, "v")
    np.save(folder / "v_v.npy", np.arange(37 * 4).reshape(37, 4).astype(dtype))
    assert load(folder)["visual"][1].tolist() == [4.0, 5.0, 6.0, 7.0]


def test_lengths_far_apart_warn_or_are_refused(tmp_path, write_features):
    folder = write_features(tmp_path, "v", steps=40, audio_steps=37)
    with pytest.warns(UserWarning, match="video v: 40 visual and 37 audio steps"):
        assert len(load(folder)["visual"]) == 37
    folder = write_features(tmp_path, "v", steps=40, audio_steps=35)
    with pytest.raises(
        InputError, match="expected lengths within 10 %, got 40 visual and 35 audio steps in"
    ):
        load(folder)
    # A difference of two steps causes no warning, even for a short video.
    folder = write_features(tmp_path, "v", steps=5, audio_steps=3)
    assert len(load(folder)["visual"]) == 3


HEADERS = {
    "huge": "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 4)}",
    "overflow": "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808, 4)}",
    "negative": "{'descr': '<f4', 'fortran_order': False, 'shape': (-37, -4)}",
    "no dictionary": "[1, 2]",
    "odd keys": "{b'descr': '<f4', 1: False, 'shape': (1, 4)}",
    "odd type": "{'descr': [('a', '<f4', {}), 3], 'fortran_order': False, 'shape': (1, 4)}",
    "nested": "(" * 5000,
    "broken": "{'descr': '<f4', 'fortran",
}


def corrupt(folder, kind):
    path = folder / "v_v.npy"
    values = np.load(path)
    if kind == "missing":
        path.unlink()
    elif kind == "empty file":
        path.write_bytes(b"")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:150])
    elif kind == "no steps":
        np.save(path, values[:0])
    elif kind == "nan":
        values[3, 1] = np.nan
        values[4, 0] = np.inf
        np.save(path, values)
    elif kind == "beyond float32":
        values = values.astype(np.float64)
        values[2, 2] = 1e39
        np.save(path, values)
    elif kind == "width":
        np.save(path, values[:, :3])
    elif kind == "one axis":
        np.save(path, values[:, 0])
    elif kind == "text":
        np.save(path, values.astype(str))
    elif kind == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    elif kind == "archive":
        with path.open("wb") as file:
            np.savez(file, x=values)
    elif kind in HEADERS:
        path.write_bytes(npy_file(HEADERS[kind], bytes(592)))
    elif kind == "pickle":
        np.save(path, np.array([dict(x=1)], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "no such file; set dataset.missing_features='skip'"),
        ("empty file", "cannot be read as a .npy array"),
        ("cut", "cannot be read as a .npy array"),
        ("no steps", r"v_v\.npy: expected shape \(N, channels\), got \(0, 4\)"),
        ("nan", "got 2 of 148 values NaN or infinite"),
        ("beyond float32", "got 1 of 148 values NaN or infinite"),
        ("width", "expected 4 visual channels, got 3: change dataset.features.visual.dim and "),
        ("one axis", r"expected shape \(N, channels\), got \(37,\)"),
        ("text", r"v_v\.npy: expected numbers, got type <U32"),
        ("pickle", "pickled objects are refused"),
        ("pipe", "expected a file, got a folder, device or pipe"),
        ("folder", "expected a file, got a folder, device or pipe"),
        ("archive", r"expected shape \(N, channels\), got NpzFile"),
        ("huge", "cannot be read as a .npy array"),
        ("overflow", "cannot be read as a .npy array"),
        ("negative", "cannot be read as a .npy array"),
        ("no dictionary", "cannot be read as a .npy array"),
        ("odd keys", "cannot be read as a .npy array"),
        ("odd type", "cannot be read as a .npy array"),
        ("nested", "cannot be read as a .npy array"),
        ("broken", "cannot be read as a .npy array"),
    ],
)
def test_bad_feature_files_are_refused_by_name(tmp_path, write_features, kind, message):
    folder = write_features(tmp_path, "v")
    corrupt(folder, kind)
    with pytest.raises(InputError, match=message) as error:
        load(folder)
    assert "v_v.npy" in str(error.value)
    assert "\n" not in str(error.value)


def test_without_a_kind_of_features_or_a_length_it_is_said_what_is_missing():
    with pytest.raises(InputError, match=r"dataset\.features is missing"):
        LoadAVFeatures()(dict(video_id="v", features_dir="here", features=None))
    with pytest.raises(InputError, match=r"dataset\.max_len is missing"):
        RandomTemporalCrop()(dict(visual=np.zeros((3, 1)), max_len=None))
