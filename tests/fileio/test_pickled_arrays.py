"""Pickled arrays, whose pickles cannot call anything else."""

import pickle
import pickletools
import sys
import zipfile

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.fileio import pickled_arrays, read_zipped_array

ARRAYS = {
    "doubles": np.linspace(-1, 1, 12).reshape(3, 4),
    "singles": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 2, 2),
    "columns first": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "every other": np.arange(12.0).reshape(6, 2)[::2],
    "big-endian": np.arange(12, dtype=">f4").reshape(3, 4),
    "integers": np.array([[0, 1, 1, 0]]),
    "bytes": np.arange(3, dtype=np.uint8),
    "flags": np.array([True, False]),
    "one": np.ones(1, np.float16),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "video.zip"


def write(path, content, name="video.pkl"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


def read(path):
    return read_zipped_array(path, "features")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_numbers_in_every_form(path, name, protocol):
    array = ARRAYS[name]
    write(path, pickle.dumps(array, protocol))
    found = read(path)
    # numpy swaps bytes to the order of the machine.
    assert found.dtype in (array.dtype, array.dtype.newbyteorder("="))
    np.testing.assert_array_equal(found, array)


def test_arrays_of_older_versions(path):
    """numpy had other module names before 2.0, and Python 2 had one type for strings and bytes."""
    array = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    write(path, pickle.dumps(array, 2).replace(b"numpy._core", b"numpy.core"))
    np.testing.assert_array_equal(read(path), array)
    raw = array.tobytes()
    python2 = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85"
        b"U\x01bq\x03\x87q\x04Rq\x05(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x06U\x02f4K\x00K\x01\x87"
        b"q\x07Rq\x08(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + b"U" + bytes([len(raw)]) + raw + b"tb."
    )  # fmt: skip
    np.testing.assert_array_equal(pickle.loads(python2, encoding="latin1"), array)
    write(path, python2)
    np.testing.assert_array_equal(read(path), array)


class Attack:
    """The function that unpickling would call."""

    def __init__(self, call, *arguments):
        self.parts = call, arguments

    def __reduce__(self):
        return self.parts


def touch(path):
    raise AssertionError("it was called")


class Subclass(np.ndarray):
    pass


OTHERS = {
    "a call": (
        Attack(touch, "x"),
        "expected an array, got 'tests.fileio.test_pickled_arrays.touch'",
    ),
    "a call in a tuple": (
        (1, Attack(touch, "x")),
        "expected an array, got 'tests.fileio.test_pickled_arrays.touch'",
    ),
    "a list": ([1, 2], "expected an array, got list"),
    "a dict": ({"a": 1}, "expected an array, got dict"),
    "an object array": (
        np.array([1, None]),
        "expected numbers, got values of the type 'O8'",
    ),
    "an array of calls": (
        np.array([Attack(touch, "x"), 1]),
        "expected numbers, got values of the type 'O8'",
    ),
    "texts": (np.array(["a"]), "expected numbers, got values of the type 'U1'"),
    "records": (
        np.zeros(2, [("a", "f4")]),
        "expected numbers, got values of the type 'V4'",
    ),
    "dates": (
        np.array(["2020-01-01"], "M8[D]"),
        "expected numbers, got values of the type 'M8'",
    ),
    "complex numbers": (
        np.ones(2, complex),
        "expected numbers, got values of the type 'c16'",
    ),
    "a masked array": (np.ma.ones(2), "numpy.ma.core._mareconstruct"),
    "a subclass": (
        np.ones(2).view(Subclass),
        "expected an array, got 'tests.fileio.test_pickled_arrays.Subclass'",
    ),
    "a tensor": (
        torch.ones(2),
        "expected an array, got 'torch._utils._rebuild_tensor_v2'",
    ),
    "a number": (3.0, "expected an array, got float"),
    "nothing": (None, "expected an array, got NoneType"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_else_is_pickled_is_refused_and_nothing_called(path, name, monkeypatch):
    found, message = OTHERS[name]
    content = pickle.dumps(found, 4)
    monkeypatch.setattr(pickle, "load", touch)
    monkeypatch.setattr(pickle, "loads", touch)
    write(path, content)
    with pytest.raises(InputError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(
        f"features {path}: 'video.pkl' is not a plain pickled array of numbers: "
    )
    assert message in text
    assert text.endswith("other pickles are refused, as they can contain code")


def test_modules_that_a_pickle_names_are_not_imported(path):
    write(path, b"cthis\ns\n.")
    with pytest.raises(InputError, match=r"expected an array, got 'this\.s'"):
        read(path)
    assert "this" not in sys.modules


def test_types_of_numpy_stay_as_they_are(path):
    """A pickle receives a copy, whose byte order it may set."""
    of_numpy = pickletools.optimize(pickle.dumps(np.dtype(">f4"), 2))
    assert b"\x89\x88\x87R" in of_numpy  # align=False, copy=True
    write(path, of_numpy.replace(b"\x89\x88\x87R", b"\x89\x89\x87R"))
    with pytest.raises(
        InputError,
        match="expected an array, got Float32DType",
    ):
        read(path)
    assert np.dtype("f4").isnative


@pytest.mark.parametrize(
    "content",
    [
        *(b".", b"N", b"(.", b"t.", b"\x85.", b"0.", b"h\x01.", b"R.", b"NNb.", b"\x93."),
        *(b"(" * 600 + b".", b"N" * 600 + b".", pickle.dumps(np.ones(3), 4)[:-9], bytes(100)),
        b"\x8e" + (2**62).to_bytes(8, "little") + b"x.",
        b"I" + b"9" * 5000 + b"\n.",
        b"Nr\xff\xff\xff\x7f.",
    ],
)
def test_broken_pickles_are_one_line(path, content):
    write(path, content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def test_a_shape_that_does_not_fit_its_values(path):
    content = pickle.dumps(np.ones((2, 3), np.float32), 4)
    at = content.index(b"K\x02K\x03\x86")
    for shape in (b"K\x02K\x04\x86", b"J\xfe\xff\xff\xffK\x03\x86", b"NK\x03\x86"):
        write(path, content[:at] + shape + content[at + 5 :])
        with pytest.raises(InputError, match="is not a plain pickled array of numbers"):
            read(path)


def test_archives_with_more_or_less_than_one_array(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "x")
    with pytest.raises(InputError, match=r"video\.zip: expected one \.pkl file, got 0"):
        read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "x")
        archive.writestr("folder/a.pkl", pickle.dumps(np.ones(2)))
    np.testing.assert_array_equal(read(path), [1, 1])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.pkl", pickle.dumps(np.ones(2)))
    with pytest.raises(InputError, match=r"video\.zip: expected one \.pkl file, got 2"):
        read(path)


def test_an_archive_that_would_fill_the_memory(path, monkeypatch):
    monkeypatch.setattr(pickled_arrays, "MAX_BYTES", 1 << 20)
    write(path, bytes(10 << 20))
    assert path.stat().st_size < 1 << 15
    with pytest.raises(InputError, match=r"video\.zip: expected at most 1 MiB, got more"):
        read(path)


def test_a_damaged_archive(path):
    write(path, pickle.dumps(np.random.default_rng(0).random(1000)))
    content = bytearray(path.read_bytes())
    content[200:210] = bytes(10)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"video\.zip: not a readable zip archive"):
        read(path)
    path.write_bytes(content[:500])
    with pytest.raises(InputError, match=r"video\.zip: not a readable zip archive"):
        read(path)
