"""Writes files atomically: completely or not at all."""

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from ..errors import InputError
from .reading import known_input

try:
    import fcntl
except ImportError:  # not on Linux or macOS
    fcntl = None  # type: ignore[assignment]

# Number of bytes that cannot be written to a full disk.
_PROBE = 1 << 16
_TEMPORARY = re.compile(r"\.[0-9a-f]+\.tmp")


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Convert errors of the operating system to :class:`InputError`.

    Args:
        path: The file being written, for the message.

    Raises:
        InputError: In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def replace_whole(path: str | Path, own: bool = False) -> Iterator[Path]:
    """Yield a temporary file that replaces another one at the end, unless an error occurs.

    It is in the same folder, and its content is synced to disk before it gets the final name. If
    the path is a symbolic link, its target is replaced. An existing file keeps its permissions; a
    new one gets default permissions.

    Args:
        path: The file to write; its folder is created if needed.
        own: Whether the file is a record that the program itself maintains, and may thus be
            replaced after it was read.

    Yields:
        Path: The temporary file, empty.

    Raises:
        InputError: The path is not a regular file, is an input, or cannot be written.
    """
    with writing(path):
        target, permissions = _target(path, own)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(target.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        handle = os.open(temporary, flags, 0o666 if permissions is None else permissions)
        try:
            if fcntl is not None:
                with suppress(OSError):  # the file system may not support locks
                    fcntl.flock(handle, fcntl.LOCK_EX)
            if permissions is not None:
                os.chmod(temporary, permissions)
            yield temporary
            # The path still refers to the file that was checked.
            os.fsync(handle)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that killed processes have left in a folder."""
    if fcntl is None:
        return
    for name in filter(_TEMPORARY.fullmatch, os.listdir(folder)):
        # A writer holds the lock of its file; opening a folder of that name fails.
        with suppress(OSError):
            handle = os.open(folder / name, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(folder / name)
            finally:
                os.close(handle)


@contextmanager
def atomic_write(path: str | Path, mode: str = "w", own: bool = False) -> Iterator[IO]:
    """Open a file that replaces another one at the end, unless an error occurs.

    Args:
        path: The file to write, see :func:`replace_whole`.
        mode: ``'w'`` or ``'wb'``.
        own: See :func:`replace_whole`.

    Raises:
        InputError: See :func:`replace_whole`.
    """
    encoding = None if "b" in mode else "utf-8"
    with replace_whole(path, own) as temporary, open(temporary, mode, encoding=encoding) as file:
        yield file


def write_text(path: str | Path, text: str) -> None:
    """Write a string atomically, see :func:`atomic_write`."""
    with atomic_write(path) as file:
        file.write(text)


def check_output(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Refuse an output path that cannot or should not be written, before anything is written.

    Args:
        path: The file to write.
        inputs: Files to be read, which must not be overwritten.

    Raises:
        InputError: The path is an input, a folder, a device or similar; its name is too long; or
            its folder is not writable.
    """
    with writing(path):
        target, _ = _target(path)
        for source in inputs:
            if target.exists() and os.path.exists(source) and target.samefile(source):
                raise InputError(f"{path}: would replace the input {source}: choose another file")
        _try_writing(target.parent, target.name)


def check_folder(path: str | Path, size: int = 0) -> None:
    """Refuse an output folder that is not writable. The folder is not created.

    Args:
        path: The folder, which need not exist.
        size: Number of bytes that must be free.

    Raises:
        InputError: The path is a file, its name is too long, or its disk is full.
    """
    with writing(path):
        _check_name(path)
        if os.path.lexists(path) and not os.path.isdir(path):
            kind = "a file" if os.path.exists(path) else "a broken link"
            raise InputError(f"{path}: expected a folder, got {kind}: choose another")
        base = _try_writing(_resolved(path))
        free = shutil.disk_usage(base).free
        if free < size:
            raise InputError(
                f"{path}: expected at least {size / 1e6:.0f} MB free on the disk, got "
                f"{free / 1e6:.0f} MB"
            )


def _try_writing(folder: Path, name: str = "") -> Path:
    """Write a test file to a folder or, if it does not exist, to its first existing parent."""
    missing = [name]
    while not folder.exists():
        missing.append(folder.name)
        folder = folder.parent
    for part in filter(None, missing):
        # Names that are too long are refused here.
        with suppress(FileNotFoundError):
            os.lstat(folder / part)
    temporary = _temporary(folder)
    try:
        with open(temporary, "xb") as file:
            file.write(bytes(_PROBE))
            file.flush()
            os.fsync(file.fileno())
    finally:
        temporary.unlink(missing_ok=True)
    return folder


def _temporary(folder: Path) -> Path:
    # An independent name, because the file's name plus a suffix may be too long.
    return folder / f".{uuid4().hex}.tmp"


def _target(path: str | Path, own: bool = False) -> tuple[Path, int | None]:
    """The file that a path leads to, and its permissions if it exists."""
    _check_name(path)
    if str(path).endswith(os.sep):
        raise InputError(f"{path}: expected the name of a file, got that of a folder")
    try:
        # resolve() fails for links in /proc to pipes, which have no path.
        status = os.stat(path)
    except FileNotFoundError:
        return _resolved(path), None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket"
        raise InputError(f"{path}: expected a file, got {kind}: choose another name")
    if (source := known_input(status)) and not own:
        raise InputError(f"{path}: would replace the input {source}: choose another file")
    if not os.access(path, os.W_OK):
        raise InputError(f"{path}: cannot be written: the file is read-only")
    return _resolved(path), stat.S_IMODE(status.st_mode)


def _check_name(path: str | Path) -> None:
    if not str(path) or "\0" in str(path):
        raise InputError(f"output {str(path)!r}: no name of a file or folder: choose another")


def _resolved(path: str | Path) -> Path:
    try:
        return Path(path).resolve()
    except RuntimeError as error:  # a loop of links, before Python 3.13
        raise InputError(f"{path}: cannot be written: {error}") from error
