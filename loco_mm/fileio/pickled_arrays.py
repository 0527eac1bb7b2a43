"""Arrays that others have pickled, read without unpickling.

A pickle is a program. Here its instructions are followed on paper: what it would call is noted and
nothing is called, and at the end there must stand what pickling a plain array of numbers leaves.
"""

import math
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
# An array takes some fifty.
_MAX_INSTRUCTIONS = 500

_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    # Of Python 2, where a text was what bytes are now.
    *("STRING", "BINSTRING", "SHORT_BINSTRING"),
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MARK = object()


class _Name(str):
    """What a pickle would import, as ``numpy.dtype``."""


class _Call:
    """What a pickle would call, and what it would then set of the result."""

    def __init__(self, name: Any, arguments: Any):
        self.name, self.arguments, self.state = name, arguments, None


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
                    raise InputError(f"{what} {path}: {len(names)} .pkl files found, one expected")
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
        raise InputError(f"{what} {path}: more than {MAX_BYTES >> 20} MiB found, fewer expected")
    try:
        return _as_array(_follow(content))
    except Exception as error:  # whatever broken bytes bring about
        raise InputError(
            f"{what} {path}: {show(names[0])} is no plain pickled array of numbers: "
            f"{first_line(error)}; other pickles are refused, as they can carry code"
        ) from error


def _follow(content: bytes) -> Any:
    """What a pickle would leave, with :class:`_Call` for what it would call."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    value: Any
    for number, (opcode, value, _) in enumerate(pickletools.genops(content)):
        name = opcode.name
        if number >= _MAX_INSTRUCTIONS:
            raise ValueError(f"more than {_MAX_INSTRUCTIONS} instructions")
        if name in _LITERALS:
            stack.append(value)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name == "MARK":
            stack.append(_MARK)
        elif name in _TUPLES or name == "TUPLE":
            start = _last_mark(stack) if name == "TUPLE" else len(stack) - _TUPLES[name]
            items = stack[start + 1 :] if name == "TUPLE" else stack[start:]
            del stack[start:]
            stack.append(tuple(items))
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if name == "MEMOIZE" else value] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[value])
        elif name == "GLOBAL":
            stack.append(_Name(value.replace(" ", ".")))
        elif name in ("STACK_GLOBAL", "REDUCE", "BUILD"):
            second, first = stack.pop(), stack.pop()
            stack.append(_combined(name, first, second))
        elif name == "STOP":
            return stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"instruction {name}")
    raise ValueError("no end")


def _combined(name: str, first: Any, second: Any) -> Any:
    if name == "STACK_GLOBAL":
        return _Name(f"{first}.{second}")
    if name == "REDUCE":
        return _Call(first, second)
    if not isinstance(first, _Call) or first.state is not None:
        raise ValueError("a state of what has none")
    first.state = second
    return first


def _last_mark(stack: list) -> int:
    return max(index for index, item in enumerate(stack) if item is _MARK)


def _as_array(found: Any) -> np.ndarray:
    """The array that stands in what a pickle would leave."""
    name = _name_of(found)
    if name == "multiarray._reconstruct":
        kind = found.arguments[0]
        if kind != "numpy.ndarray":
            raise ValueError(f"{_shown(kind)} found, numpy.ndarray expected")
        _, shape, dtype, by_columns, content = found.state
    elif name == "numeric._frombuffer":
        content, dtype, shape, order = found.arguments
        by_columns = order == "F"
    else:
        raise ValueError(f"{_shown(found)} found, an array expected")
    values = np.frombuffer(_as_bytes(content), _as_dtype(dtype))
    if not isinstance(shape, tuple) or math.prod(shape) != len(values) or min((*shape, 0)) < 0:
        raise ValueError(f"{len(values)} values for the shape {show(shape)}")
    return values.reshape(shape, order="F" if by_columns else "C").copy()


def _name_of(found: Any) -> str:
    """What numpy calls it, whichever numpy has pickled it."""
    if not isinstance(found, _Call) or not isinstance(found.name, _Name):
        return ""
    return re.sub(r"^numpy\._?core\.", "", found.name)


def _as_dtype(found: Any) -> np.dtype:
    if _name_of(found) == "numpy.dtype" and found.state is not None:
        name, order = found.arguments[0], found.state[1]
        if re.fullmatch(r"[fiu][1248]|b1", str(name)) and order in ("<", ">", "|", "="):
            return np.dtype(f"{order}{name}")
        raise ValueError(f"values of the type {show(name)} found, numbers expected")
    raise ValueError(f"{_shown(found)} found, a type expected")


def _as_bytes(found: Any) -> bytes:
    if _name_of(found) == "_codecs.encode":
        found = found.arguments[0]
    return found.encode("latin-1") if isinstance(found, str) else bytes(memoryview(found))


def _shown(found: Any) -> str:
    if isinstance(found, _Call):
        return f"a call of {_shown(found.name)}"
    return show(str(found) if isinstance(found, _Name) else found)
