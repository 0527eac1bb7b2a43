"""Opens files for reading."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

# Names of the files that the current tool has read, by device and inode.
_INPUTS: ContextVar[dict[tuple[int, int], str] | None] = ContextVar("_INPUTS", default=None)


@contextmanager
def inputs_kept() -> Iterator[None]:
    """Context in which files that were read cannot be overwritten, see :func:`known_input`."""
    token = _INPUTS.set({})
    try:
        yield
    finally:
        _INPUTS.reset(token)


def known_input(status: os.stat_result) -> str | None:
    """Name of a file that was read and must not be overwritten; None for any other file."""
    name = (_INPUTS.get() or {}).get((status.st_dev, status.st_ino))
    if name is None or not os.path.exists(name):
        return None
    # The inode of a deleted file may have been reused.
    return name if os.path.samestat(os.stat(name), status) else None


@contextmanager
def open_regular(path: str | Path, what: str, hint: str = "") -> Iterator[BinaryIO]:
    """Open a regular file. Pipes, which may block, and devices, which may not end, are refused.

    Args:
        path: The file.
        what: Description of the file, for messages.
        hint: Fix for a missing file, for the message.

    Yields:
        BinaryIO: The open file.

    Raises:
        InputError: The file is missing, not a regular file, or cannot be read.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{what} {path}: expected a file, got a folder, device or pipe")
        if (inputs := _INPUTS.get()) is not None:
            inputs[status.st_dev, status.st_ino] = os.path.abspath(path)
        with open(path, "rb") as file:
            yield file
    except FileNotFoundError as error:
        raise InputError(f"{what} {path}: no such file{hint}") from error
    except OSError as error:
        raise InputError(f"{what} {path}: cannot be read: {error.strerror or error}") from error


def file_checksum(path: str | Path, what: str) -> str:
    """SHA-256 checksum of a file as hex digits.

    Args:
        path: The file.
        what: Description of the file, for messages.

    Raises:
        InputError: See :func:`open_regular`.
    """
    digest = hashlib.sha256()
    with open_regular(path, what) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def read_text(path: str | Path, what: str, hint: str = "") -> str:
    """Read a text file in UTF-8, with or without a byte order mark.

    Args:
        path: The file.
        what: Description of the file, for messages.
        hint: Fix for a missing file, for the message.

    Raises:
        InputError: See :func:`open_regular`, or the file is not valid UTF-8.
    """
    with open_regular(path, what, hint) as file:
        content = file.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{what} {path}: not UTF-8 text: {error}") from error
