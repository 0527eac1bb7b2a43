"""Files opened for reading, and texts."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

# Names of what a tool has read, by device and number; kept while one runs.
_INPUTS: ContextVar[dict[tuple[int, int], str] | None] = ContextVar("_INPUTS", default=None)


@contextmanager
def inputs_kept() -> Iterator[None]:
    """While it lasts, no file that was read is replaced, see :func:`known_input`."""
    token = _INPUTS.set({})
    try:
        yield
    finally:
        _INPUTS.reset(token)


def known_input(status: os.stat_result) -> str | None:
    """Name by which a file of this status has been read and is to be kept."""
    name = (_INPUTS.get() or {}).get((status.st_dev, status.st_ino))
    if name is None or not os.path.exists(name):
        return None
    # The number of a file that is gone may be another's now.
    return name if os.path.samestat(os.stat(name), status) else None


@contextmanager
def open_regular(path: str | Path, what: str, hint: str = "") -> Iterator[BinaryIO]:
    """Open a regular file: one waits for ever on what is a pipe, and reads for ever on a device.

    Args:
        path: The file.
        what: What the file is, for the message.
        hint: What to do where it is missing, for the message.

    Yields:
        BinaryIO: The open file.

    Raises:
        InputError: It is missing, no regular file, or cannot be read.
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
    """SHA-256 of a file, in hex digits.

    Args:
        path: The file.
        what: What the file is, for the message.

    Raises:
        InputError: See :func:`open_regular`.
    """
    digest = hashlib.sha256()
    with open_regular(path, what) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def read_text(path: str | Path, what: str, hint: str = "") -> str:
    """A text in UTF-8, with or without a byte order mark.

    Args:
        path: The file.
        what: What the file is, for the message.
        hint: What to do where it is missing, for the message.

    Raises:
        InputError: See :func:`open_regular`, or it is no such text.
    """
    with open_regular(path, what, hint) as file:
        content = file.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{what} {path}: no text in UTF-8: {error}") from error
