"""Named arrays of numpy's ``.npz`` files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..text import first_line
from .reading import open_regular


def read_arrays(path: str | Path, names: Sequence[str], what: str = "array file") -> list:
    """Arrays of a ``.npz`` file, by name; nothing is unpickled.

    Args:
        path (str | Path): The file.
        names (Sequence[str]): The arrays to read.
        what (str): What the file is, for the message.

    Raises:
        InputError: The file is missing, no such file, or lacks an array.
    """
    with open_regular(path, what) as file:
        try:
            content = np.load(file, allow_pickle=False)
            if not isinstance(content, np.lib.npyio.NpzFile):
                raise InputError(f"{what} {path}: one array found, a .npz file expected")
            missing = [name for name in names if name not in content]
            if missing:
                raise InputError(
                    f"{what} {path}: {missing[0]!r} is missing, it has {list(content)}"
                )
            return [content[name] for name in names]
        except InputError:
            raise
        except Exception as error:  # whatever broken bytes bring about
            reason = first_line(error)
            raise InputError(f"{what} {path}: cannot be read as .npz: {reason}") from error
