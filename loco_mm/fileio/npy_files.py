"""Reads arrays in plain ``.npy`` files.

Shape letters: N rows, D columns.
"""

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..text import first_line
from .reading import open_regular


def read_matrix(path: str | Path, what: str, mapped: bool = False, hint: str = "") -> np.ndarray:
    """Read an array (N, D) of numbers.

    Args:
        path: The ``.npy`` file.
        what: Description of the file, for messages.
        mapped: Whether to memory-map the array, so that only the header is read.
        hint: Fix for a missing file, for the message.

    Raises:
        InputError: The file is missing, or is not such an array.
    """
    with open_regular(path, what, hint) as file:
        try:
            array = (
                np.load(path, mmap_mode="r", allow_pickle=False)
                if mapped
                else np.load(file, allow_pickle=False)
            )
        except Exception as error:  # numpy raises many types for corrupt files
            reason = first_line(error)
            if "pickle" in reason:
                raise InputError(
                    f"{what} {path}: pickled objects are refused, as they can contain code; "
                    "save a plain float array with numpy.save"
                ) from error
            raise InputError(
                f"{what} {path}: cannot be read as a .npy array: {reason}; create it again"
            ) from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or not array.size:
        shape = getattr(array, "shape", type(array).__name__)
        raise InputError(f"{what} {path}: expected shape (N, channels), got {shape}")
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what} {path}: expected numbers, got type {array.dtype}")
    return array
