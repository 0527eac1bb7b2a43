"""Checkpoints of TensorFlow."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import read_tensor_bundle

from ..tensor_bundles import entry, table, write_bundle

ARRAYS = {
    "layer-1/kernel": np.arange(12.0).reshape(3, 2, 2),
    "layer-1/beta": np.array([0.5, -1.25]),
    "layer-2/scale": np.float32(7),
}


@pytest.fixture
def index(tmp_path):
    # An integer, which is left out.
    return write_bundle(tmp_path / "x.index", ARRAYS, {b"layer-9/step": entry((), 0, 8, dtype=9)})


def test_read(index):
    found = read_tensor_bundle(index)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == np.float32 and found[name].shape == np.shape(array)
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[60:],
        lambda content: b"\xff" * (len(content) - 48) + content[-48:],
        # A compressed block: its type is the byte before the checksum.
        lambda content: content.replace(b"\0abcd", b"\1abcd"),
    ],
    ids=["empty", "cut", "start missing", "other content", "compressed"],
)
def test_a_damaged_index(index, change):
    index.write_bytes(change(index.read_bytes()))
    with pytest.raises(InputError, match="x.index: expected the index of a tensor bundle"):
        read_tensor_bundle(index)


def test_data_that_end_early(index):
    data = index.with_suffix(".data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:-4])
    message = r"data-00000-of-00001: layer-2/scale: expected 4 bytes at 56 .* a file of 56 bytes"
    with pytest.raises(InputError, match=message):
        read_tensor_bundle(index)


@pytest.mark.parametrize("odd", [entry((2,), 0, 4), entry((1,), 0, 4, shard=1)])
def test_an_entry_of_another_size_or_file(index, odd):
    index.write_bytes(table({b"a": odd}))
    with pytest.raises(InputError, match="a: expected"):
        read_tensor_bundle(index)


def test_missing_files(index):
    index.with_suffix(".data-00000-of-00001").unlink()
    with pytest.raises(InputError, match="data-00000-of-00001: no such file"):
        read_tensor_bundle(index)
    with pytest.raises(InputError, match="gone.index: no such file"):
        read_tensor_bundle(index.with_name("gone.index"))
