"""Reads pickled arrays without executing the pickle.

A pickle can call arbitrary functions; here it can only create an array of numbers.
"""

import io
import pickle
import pickletools
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..schema import show
from ..text import first_line
from .reading import open_regular

# Much larger than the features of a video, and much smaller than the memory.
MAX_BYTES = 1 << 28


def read_zipped_array(path: str | Path, what: str) -> np.ndarray:
    """Read the single pickled array in a zip archive, the format of CPSP's data loader.

    Args:
        path: The archive.
        what: Description of the file, for messages.

    Raises:
        InputError: The file is missing or is not such an archive, or the pickle contains anything
            other than an array of numbers.
    """
    with open_regular(path, what) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = [name for name in archive.namelist() if ".pkl" in name]
                if len(names) != 1:
                    raise InputError(f"{what} {path}: expected one .pkl file, got {len(names)}")
                with archive.open(names[0]) as member:
                    # The size in the archive's header may be wrong.
                    content = member.read(MAX_BYTES + 1)
        except InputError:
            raise
        except Exception as error:  # zipfile raises many types for corrupt files
            raise InputError(
                f"{what} {path}: not a readable zip archive: {first_line(error)}"
            ) from error
    if len(content) > MAX_BYTES:
        raise InputError(f"{what} {path}: expected at most {MAX_BYTES >> 20} MiB, got more")
    try:
        return _unpickle(content)
    except Exception as error:  # pickle raises many types for corrupt files
        raise InputError(
            f"{what} {path}: {show(names[0])} is not a plain pickled array of numbers: "
            f"{first_line(error)}; other pickles are refused, as they can contain code"
        ) from error


def _unpickle(content: bytes) -> np.ndarray:
    for opcode, value, _ in pickletools.genops(content):
        # Unpickling allocates as many entries as the opcode says.
        if opcode.name in ("PUT", "LONG_BINPUT") and (value or 0) > len(content):
            raise ValueError(f"{opcode.name} {value}")
    # Written by Python 2, whose strings are read as bytes by this encoding.
    found = _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    if type(found) is not np.ndarray:
        raise ValueError(f"expected an array, got {type(found).__name__}")
    return found


class _ArrayUnpickler(pickle.Unpickler):
    """Resolves only the names that create an array of numbers, to restricted replacements."""

    def find_class(self, module: str, name: str) -> Any:
        # The module has different names in numpy 1 and 2.
        asked = f"{module}.{name}"
        place = re.sub(r"^numpy\._?core\.", "core.", asked)
        if place not in _STAND_INS:
            raise pickle.UnpicklingError(f"expected an array, got {show(asked)}")
        return _STAND_INS[place]


def _empty_array(kind: Any, *_: Any) -> np.ndarray:
    """The array whose state is set afterwards."""
    if kind is not _STAND_INS["numpy.ndarray"]:
        raise ValueError(f"expected numpy.ndarray, got {show(kind)}")
    return np.empty(0, np.uint8)


def _array_of_bytes(content: Any, dtype: np.dtype, shape: Any, order: Any) -> np.ndarray:
    return np.frombuffer(content, dtype).reshape(shape, order=order).copy(order)


def _number_type(name: str, *_: Any) -> np.dtype:
    if not re.fullmatch(r"[fiu][1248]|b1", str(name)):
        raise ValueError(f"expected numbers, got values of the type {show(name)}")
    # A copy, because its byte order is set afterwards.
    return np.dtype(str(name), copy=True)


_STAND_INS: dict[str, Any] = {
    "numpy.ndarray": "numpy.ndarray",
    "numpy.dtype": _number_type,
    "core.multiarray._reconstruct": _empty_array,
    "core.numeric._frombuffer": _array_of_bytes,
    "_codecs.encode": lambda text, encoding: text.encode("latin-1"),
}
