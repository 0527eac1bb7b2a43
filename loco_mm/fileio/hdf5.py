"""Reads arrays in HDF5 files.

Shape letters: N rows.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import as_float32, is_of_shape, shape_text
from ..errors import InputError
from ..optional import OptionalModule
from ..schema import show
from ..text import first_line
from .reading import open_regular

if TYPE_CHECKING:
    import h5py
else:
    h5py = OptionalModule("h5py", "avel")


class HDF5Array:
    """An array in an HDF5 file, which can be read row by row or completely.

    Each process opens the file when it reads the first row, because file handles must not be shared
    after a fork.

    Args:
        path: The file.
        key: Name of the array in the file.
        what: Description of the file, for messages.
        shapes: Valid shapes; a string such as ``'N'`` matches any size.
        kinds: Valid kinds of dtypes, as numpy's letters.
        hint: Fix for a missing file, for the message.

    Raises:
        InputError: The file is missing or is not an HDF5 file; the array is missing, has another
            shape or type, or stores its values in other files.
    """

    def __init__(
        self,
        path: str | Path,
        key: str,
        what: str,
        shapes: Sequence[Sequence[int | str]],
        kinds: str = "f",
        hint: str = "",
    ):
        self.path, self.key, self.what, self.hint = str(path), key, what, hint
        self._shapes, self._kinds = shapes, kinds
        self._process = -1
        self._array: Any = None
        self.shape: tuple[int, ...] = self._open().shape
        self.close()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Values of a row or a slice of rows, as stored.

        Raises:
            InputError: The values cannot be read, for example because the file is truncated.
        """
        try:
            return self._open()[rows]
        except InputError:
            raise
        except Exception as error:  # h5py raises many types for corrupt files
            place = f"{self.key!r}[{rows}]" if isinstance(rows, int) else repr(self.key)
            raise self._bad(
                f"{place} cannot be read: {first_line(error)}; get a new copy"
            ) from error

    def read_floats(self, row: int) -> np.ndarray:
        """Float32 values of a row.

        Raises:
            InputError: The values cannot be read, or are NaN or infinite in float32.
        """
        return as_float32(f"{self.what} {self.path}: {self.key!r}[{row}]", self[row])

    def close(self) -> None:
        """Close the file. Reading opens it again."""
        if self._array is not None and self._process == os.getpid():
            self._array.file.close()
        self._array = None

    def __getstate__(self) -> dict:
        # File handles cannot be copied or sent to another process.
        return {**self.__dict__, "_array": None}

    def _open(self) -> Any:
        if self._array is None or self._process != os.getpid():
            with open_regular(self.path, self.what, self.hint):
                pass  # raises if it is a folder, a device or a pipe
            try:
                # Locking fails on read-only and network file systems, and is not needed here.
                file = h5py.File(self.path, "r", locking=False)
            except InputError:
                raise  # h5py is not installed
            except Exception as error:  # h5py raises many types for corrupt files
                raise self._bad(f"not an HDF5 file: {first_line(error)}; get a new copy") from error
            try:
                self._array = self._checked(file)
            except BaseException:
                file.close()
                raise
            self._process = os.getpid()
        return self._array

    def _checked(self, file: Any) -> Any:
        """Find and check the array in an open file."""
        try:
            link = file.get(self.key, getlink=True)
            if link is None:
                raise self._bad(f"expected an array {self.key!r}, got {show(sorted(file)[:10])}")
            array: Any = file[self.key] if isinstance(link, h5py.HardLink) else None
            is_array = isinstance(array, h5py.Dataset)
            if array is None or (is_array and (array.external or array.is_virtual)):
                raise self._bad(
                    f"{self.key!r} stores its values in another file: copy them into this one"
                )
            kind: Any = array.dtype if is_array else "a group"
            shape: tuple = array.shape or () if is_array else ()
        except InputError:
            raise
        except Exception as error:  # h5py raises many types for corrupt files
            raise self._bad(f"{self.key!r} cannot be read: {first_line(error)}") from error
        if not is_array or kind.kind not in self._kinds:
            expected = {"f": "floating point numbers", "iu": "integers"}[self._kinds]
            raise self._bad(f"{self.key!r}: expected {expected}, got type {kind}")
        if not all(shape) or not any(is_of_shape(shape, wanted) for wanted in self._shapes):
            expected = " or ".join(map(shape_text, self._shapes))
            raise self._bad(f"{self.key!r}: expected shape {expected}, got {shape}")
        return array

    def _bad(self, text: str) -> InputError:
        return InputError(f"{self.what} {self.path}: {text}")
