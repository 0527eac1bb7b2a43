"""Files written whole or not at all."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from ..errors import InputError


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Tell what the system refuses as bad input.

    Args:
        path (str | Path): What is being written, for the message.

    Raises:
        InputError: In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def replace_whole(path: str | Path) -> Iterator[Path]:
    """Give a temporary file, which takes the place of another at the end, or never.

    It lies in the same folder, and its content is on the disk before it gets the final name. A
    link stays a link: its target is replaced. A file that is there keeps its permissions, a new
    one gets the ordinary ones.

    Args:
        path (str | Path): The file; its folder is made.

    Yields:
        Path: The temporary file, empty.

    Raises:
        InputError: The path is no regular file, or cannot be written.
    """
    with writing(path):
        target, permissions = _target(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own, as the file's with an ending may be too long.
        temporary = target.with_name(f".{uuid4().hex}.tmp")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        handle = os.open(temporary, flags, 0o666 if permissions is None else permissions)
        try:
            if permissions is not None:
                os.chmod(temporary, permissions)
            yield temporary
            # It is the same file, whoever wrote to it.
            os.fsync(handle)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)


@contextmanager
def atomic_write(path: str | Path, mode: str = "w") -> Iterator[IO]:
    """Open a file whose content takes the place of another at the end, or never.

    Args:
        path (str | Path): The file, see :func:`replace_whole`.
        mode (str): ``'w'`` or ``'wb'``.

    Raises:
        InputError: The path is no regular file, or cannot be written.
    """
    encoding = None if "b" in mode else "utf-8"
    with replace_whole(path) as temporary, open(temporary, mode, encoding=encoding) as file:
        yield file


def check_output(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Refuse a path that a file should not be written to.

    Args:
        path (str | Path): The file to write.
        inputs (Iterable[str | Path]): Files that are read, which it must not replace.

    Raises:
        InputError: It is one of the inputs, a folder, a device or the like.
    """
    with writing(path):
        target, _ = _target(path)
        for source in inputs:
            if target.exists() and os.path.exists(source) and target.samefile(source):
                raise InputError(f"{path}: would replace the input {source}: choose another file")


def _target(path: str | Path) -> tuple[Path, int | None]:
    """The file behind links, and its permissions where it is there."""
    try:
        # resolve() would lose what links of /proc lead to: pipes have no path.
        status = os.stat(path)
    except FileNotFoundError:
        return _resolved(path), None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket"
        raise InputError(f"{path}: {kind} found, a file expected: choose another name")
    if not os.access(path, os.W_OK):
        raise InputError(f"{path}: cannot be written: the file is read-only")
    return _resolved(path), stat.S_IMODE(status.st_mode)


def _resolved(path: str | Path) -> Path:
    try:
        return Path(path).resolve()
    except RuntimeError as error:  # a loop of links, before Python 3.13
        raise InputError(f"{path}: cannot be written: {error}") from error
