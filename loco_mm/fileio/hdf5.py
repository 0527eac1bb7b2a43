"""Arrays in HDF5 files.

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
    """An array of an HDF5 file, read row by row, or all at once.

    Each process opens the file by itself, when it reads the first row: what a fork shares of an
    open file gets mixed up.

    Args:
        path: The file.
        key: Name of the array in it.
        what: What the file is, for messages.
        shapes: Shapes that are taken; a text in one, as ``'N'``, is any size.
        kinds: numpy's letters of the types that are taken.
        hint: What to do where the file is missing, for the message.

    Raises:
        InputError: The file is missing, no HDF5 file, has no such array, or one of another shape
            or type, or one whose values lie in other files.
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
        """Values of a row, or of a slice of rows, as they are stored.

        Raises:
            InputError: They cannot be read, as of a file that was cut short.
        """
        try:
            return self._open()[rows]
        except InputError:
            raise
        except Exception as error:  # whatever broken bytes bring about
            place = f"{self.key!r}[{rows}]" if isinstance(rows, int) else repr(self.key)
            raise self._bad(f"{place} cannot be read: {first_line(error)}; get it anew") from error

    def read_floats(self, row: int) -> np.ndarray:
        """The float32 values of a row.

        Raises:
            InputError: They cannot be read, or are NaN or inf, or inf in float32.
        """
        return as_float32(f"{self.what} {self.path}: {self.key!r}[{row}]", self[row])

    def close(self) -> None:
        """Close the file; reading opens it again."""
        if self._array is not None and self._process == os.getpid():
            self._array.file.close()
        self._array = None

    def __getstate__(self) -> dict:
        # Sent to another process, or copied: an open file is neither.
        return {**self.__dict__, "_array": None}

    def _open(self) -> Any:
        if self._array is None or self._process != os.getpid():
            with open_regular(self.path, self.what, self.hint):
                pass  # no folder, device or pipe
            try:
                # Locks fail on read-only and network file systems, and readers need none.
                file = h5py.File(self.path, "r", locking=False)
            except InputError:
                raise  # h5py is missing
            except Exception as error:  # whatever broken bytes bring about
                raise self._bad(f"no HDF5 file: {first_line(error)}; get it anew") from error
            try:
                self._array = self._checked(file)
            except BaseException:
                file.close()
                raise
            self._process = os.getpid()
        return self._array

    def _checked(self, file: Any) -> Any:
        """The array of an open file."""
        try:
            link = file.get(self.key, getlink=True)
            if link is None:
                raise self._bad(f"expected an array {self.key!r}, got {show(sorted(file)[:10])}")
            array: Any = file[self.key] if isinstance(link, h5py.HardLink) else None
            is_array = isinstance(array, h5py.Dataset)
            if array is None or (is_array and (array.external or array.is_virtual)):
                raise self._bad(f"{self.key!r} refers elsewhere: copy the values into this file")
            kind: Any = array.dtype if is_array else "a group"
            shape: tuple = array.shape or () if is_array else ()
        except InputError:
            raise
        except Exception as error:  # whatever broken bytes bring about
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
