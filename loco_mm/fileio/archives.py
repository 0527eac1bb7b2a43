"""Reads numpy's ``.npz`` files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..text import first_line
from .reading import open_regular


def read_arrays(path: str | Path, names: Sequence[str], what: str = "array file") -> list:
    """Read arrays of a ``.npz`` file by name, without unpickling.

    Args:
        path: The file.
        names: Names of the arrays to read.
        what: Description of the file, for messages.

    Raises:
        InputError: The file is missing or invalid, or lacks an array.
    """
    with open_regular(path, what) as file:
        try:
            content = np.load(file, allow_pickle=False)
            held = list(content) if isinstance(content, np.lib.npyio.NpzFile) else None
            found = {name: content[name] for name in names if name in (held or ())}
        except Exception as error:  # numpy raises many types for corrupt files
            reason = first_line(error)
            raise InputError(f"{what} {path}: cannot be read as .npz: {reason}") from error
    if held is None:
        raise InputError(f"{what} {path}: expected a .npz file, got one array")
    if missing := [name for name in names if name not in found]:
        raise InputError(f"{what} {path}: {missing[0]!r} is missing, it has {held}")
    return list(found.values())
