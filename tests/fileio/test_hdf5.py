"""Arrays in HDF5 files: reading, refused files, and several processes."""

import multiprocessing
import pickle

import h5py
import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import HDF5Array

VALUES = np.arange(24, dtype=np.float64).reshape(4, 3, 2)


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["values"] = VALUES
        file["numbers"] = np.array([3, 1, 2])
        file["texts"] = ["a", "b"]
        file["none"] = h5py.Empty("f4")
        file.create_group("group")
    return tmp_path / "x.h5"


def read(path, key="values", shapes=((4, 3, "D"),), kinds="f"):
    return HDF5Array(path, key, "feature file", shapes, kinds)


def test_rows_slices_and_types(path):
    array = read(path)
    assert len(array) == 4
    assert array.shape == (4, 3, 2)
    assert array[1].dtype == np.float64
    np.testing.assert_array_equal(array[1], VALUES[1])
    np.testing.assert_array_equal(array[1:3], VALUES[1:3])
    row = array.read_floats(2)
    assert row.dtype == np.float32
    np.testing.assert_array_equal(row, VALUES[2])
    assert read(path, "numbers", [("N",)], "iu")[:].tolist() == [3, 1, 2]
    array.close()
    np.testing.assert_array_equal(array[0], VALUES[0])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [2, 4, 8])
def test_any_float_becomes_float32(tmp_path, order, size):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["values"] = VALUES.astype(f"{order}f{size}")
    row = read(tmp_path / "x.h5").read_floats(3)
    assert row.dtype == np.float32
    np.testing.assert_array_equal(row, VALUES[3])


@pytest.mark.run
def test_other_processes_open_the_file_themselves(path):
    array = read(path)
    array[0]
    copy = pickle.loads(pickle.dumps(array))
    np.testing.assert_array_equal(copy[3], VALUES[3])
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            rows = pool.map(array.read_floats, range(4))
        np.testing.assert_array_equal(rows, VALUES)
    np.testing.assert_array_equal(array[2], VALUES[2])


@pytest.mark.parametrize(
    ("key", "shapes", "kinds", "message"),
    [
        (
            "gone",
            [(4, 3, 2)],
            "f",
            "expected an array 'gone', got ['group', 'none', 'numbers', 'texts', ",
        ),
        ("values", [(4, 3)], "f", "'values': expected shape (4, 3), got (4, 3, 2)"),
        ("values", [("N",)], "f", "'values': expected shape (N,), got (4, 3, 2)"),
        (
            "values",
            [(5, 3, "D"), (4, "T")],
            "f",
            "'values': expected shape (5, 3, D) or (4, T), got (4, 3, 2)",
        ),
        ("numbers", [(3,)], "f", "'numbers': expected floating point numbers, got type int64"),
        ("values", [(4, 3, 2)], "iu", "'values': expected integers, got type float64"),
        ("texts", [("N",)], "f", "'texts': expected floating point numbers, got type object"),
        ("group", [("N",)], "f", "'group': expected floating point numbers, got type a group"),
        ("none", [("N",)], "f", "'none': expected shape (N,), got ()"),
    ],
)
def test_another_array_is_named(path, key, shapes, kinds, message):
    with pytest.raises(InputError) as caught:
        read(path, key, shapes, kinds)
    assert str(caught.value).startswith(f"feature file {path}: {message}")


def test_values_that_are_not_finite_are_counted(tmp_path):
    values = VALUES.copy()
    values[1, 0] = np.nan
    values[2, 1, 1] = 1e300
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["values"] = values
    array = read(tmp_path / "x.h5")
    array.read_floats(0)
    with pytest.raises(
        InputError,
        match=r"'values'\[1\]: expected finite numbers, got 2 of 6 values NaN or infinite",
    ):
        array.read_floats(1)
    with pytest.raises(
        InputError,
        match=r"'values'\[2\]: expected finite numbers, got 1 of 6 values NaN or infinite",
    ):
        array.read_floats(2)


def test_a_file_that_was_cut_short(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="feature file .*x.h5: not an HDF5 file: .*truncated file"):
        read(path)


def test_a_file_that_becomes_unreadable(path):
    array = read(path)
    path.write_bytes(b"gone")
    with pytest.raises(InputError, match="not an HDF5 file"):
        array[0]


def test_broken_values_are_named_by_their_row(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("values", data=VALUES, chunks=(1, 3, 2), compression="gzip")
        chunk = file["values"].id.get_chunk_info(2)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(content)
    array = read(path)
    array[1]
    with pytest.raises(
        InputError, match=r"x\.h5: 'values'\[2\] cannot be read: .*; get a new copy"
    ):
        array[2]


@pytest.mark.parametrize("way", ["soft", "external", "raw", "virtual"])
def test_what_leads_to_other_files_is_refused(path, tmp_path, way):
    """An untrusted file could otherwise cause any file, or an endless device, to be read."""
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        if way == "soft":
            file["group/values"] = VALUES
            file["values"] = h5py.SoftLink("/group/values")
        elif way == "external":
            file["values"] = h5py.ExternalLink(str(path), "values")
        elif way == "raw":
            (tmp_path / "raw").write_bytes(VALUES.tobytes())
            file.create_dataset(
                "values", VALUES.shape, VALUES.dtype, external=str(tmp_path / "raw")
            )
        else:
            layout = h5py.VirtualLayout(VALUES.shape, VALUES.dtype)
            layout[:] = h5py.VirtualSource(str(path), "values", VALUES.shape)
            file.create_virtual_dataset("values", layout)
    with pytest.raises(InputError, match=r"other\.h5: 'values' stores its values in another file"):
        read(other)
