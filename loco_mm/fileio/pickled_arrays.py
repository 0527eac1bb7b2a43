"""Arrays that others have pickled.

A pickle is a program: this one may make an array of numbers, and call nothing else.
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

# Far beyond the features of a video, and far below a machine's memory.
MAX_BYTES = 1 << 28


def read_zipped_array(path: str | Path, what: str) -> np.ndarray:
    """The array of a zip archive that holds one, pickled, as CPSP's loader reads them.

    Args:
        path: The archive.
        what: What it is, for messages.

    Raises:
        InputError: The file is missing or no such archive, or what is pickled is anything else
            than an array of numbers.
    """
    with open_regular(path, what) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = [name for name in archive.namelist() if ".pkl" in name]
                if len(names) != 1:
                    raise InputError(f"{what} {path}: expected one .pkl file, got {len(names)}")
                with archive.open(names[0]) as member:
                    # What the archive says of its size need not be so.
                    content = member.read(MAX_BYTES + 1)
        except InputError:
            raise
        except Exception as error:  # whatever broken bytes bring about
            raise InputError(
                f"{what} {path}: no zip archive that can be read: {first_line(error)}"
            ) from error
    if len(content) > MAX_BYTES:
        raise InputError(f"{what} {path}: expected at most {MAX_BYTES >> 20} MiB, got more")
    try:
        return _unpickle(content)
    except Exception as error:  # whatever broken bytes bring about
        raise InputError(
            f"{what} {path}: {show(names[0])} is no plain pickled array of numbers: "
            f"{first_line(error)}; other pickles are refused, as they can carry code"
        ) from error


def _unpickle(content: bytes) -> np.ndarray:
    for opcode, value, _ in pickletools.genops(content):
        # Unpickling makes room for as many entries as the number says.
        if opcode.name in ("PUT", "LONG_BINPUT") and (value or 0) > len(content):
            raise ValueError(f"{opcode.name} {value}")
    # Of Python 2, whose texts were what bytes are now.
    found = _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    if type(found) is not np.ndarray:
        raise ValueError(f"expected an array, got {type(found).__name__}")
    return found


class _ArrayUnpickler(pickle.Unpickler):
    """Finds stand-ins for what makes an array of numbers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        # numpy 1 and 2 have other names for the same module.
        asked = f"{module}.{name}"
        place = re.sub(r"^numpy\._?core\.", "core.", asked)
        if place not in _STAND_INS:
            raise pickle.UnpicklingError(f"expected an array, got {show(asked)}")
        return _STAND_INS[place]


def _empty_array(kind: Any, *_: Any) -> np.ndarray:
    """What the state of an array is then given to."""
    if kind is not _STAND_INS["numpy.ndarray"]:
        raise ValueError(f"expected numpy.ndarray, got {show(kind)}")
    return np.empty(0, np.uint8)


def _array_of_bytes(content: Any, dtype: np.dtype, shape: Any, order: Any) -> np.ndarray:
    return np.frombuffer(content, dtype).reshape(shape, order=order).copy(order)


def _number_type(name: str, *_: Any) -> np.dtype:
    if not re.fullmatch(r"[fiu][1248]|b1", str(name)):
        raise ValueError(f"expected numbers, got values of the type {show(name)}")
    # A copy, whose byte order is then set.
    return np.dtype(str(name), copy=True)


_STAND_INS: dict[str, Any] = {
    "numpy.ndarray": "numpy.ndarray",
    "numpy.dtype": _number_type,
    "core.multiarray._reconstruct": _empty_array,
    "core.numeric._frombuffer": _array_of_bytes,
    "_codecs.encode": lambda text, encoding: text.encode("latin-1"),
}
