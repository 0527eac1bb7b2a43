"""Arrays in plain ``.npy`` files.

Shape letters: N rows, D columns.
"""

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..text import first_line
from .reading import open_regular


def read_matrix(path: str | Path, what: str, mapped: bool = False, hint: str = "") -> np.ndarray:
    """An array (N, D) of numbers.

    Args:
        path: The ``.npy`` file.
        what: What the file is, for the message.
        mapped: Read no more than the header yet.
        hint: What to do where it is missing, for the message.

    Raises:
        InputError: It is missing, or no such array.
    """
    with open_regular(path, what, hint) as file:
        try:
            array = (
                np.load(path, mmap_mode="r", allow_pickle=False)
                if mapped
                else np.load(file, allow_pickle=False)
            )
        except Exception as error:  # whatever broken bytes bring about
            reason = first_line(error)
            if "pickle" in reason:
                raise InputError(
                    f"{what} {path}: pickled objects are refused, as they can carry code; "
                    "save a plain float array with numpy.save"
                ) from error
            raise InputError(
                f"{what} {path}: cannot be read as a .npy array: {reason}; make it anew"
            ) from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or not array.size:
        shape = getattr(array, "shape", type(array).__name__)
        raise InputError(f"{what} {path}: expected shape (N, channels), got {shape}")
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what} {path}: expected numbers, got type {array.dtype}")
    return array
