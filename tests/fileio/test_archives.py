"""Arrays of .npz files."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import read_arrays


def test_by_name(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.arange(3), b=np.eye(2))
    b, a = read_arrays(tmp_path / "x.npz", ["b", "a"])
    np.testing.assert_array_equal(a, [0, 1, 2])
    np.testing.assert_array_equal(b, np.eye(2))


def test_missing_one_array_and_code(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, a=np.arange(3))
    with pytest.raises(InputError, match=r"x.npz: 'c' is missing, it has \['a'\]"):
        read_arrays(path, ["c"])
    np.savez(path, a=np.array([print], dtype=object))
    with pytest.raises(InputError, match="cannot be read as .npz: Object arrays"):
        read_arrays(path, ["a"])
    np.save(tmp_path / "y.npy", np.arange(3))
    with pytest.raises(InputError, match="expected a .npz file, got one array"):
        read_arrays(tmp_path / "y.npy", ["a"])
