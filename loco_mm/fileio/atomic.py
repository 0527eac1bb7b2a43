"""Files written whole or not at all."""

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
except ImportError:  # another system than Linux or macOS
    fcntl = None  # type: ignore[assignment]

# Bytes that a full disk does not take.
_PROBE = 1 << 16
_TEMPORARY = re.compile(r"\.[0-9a-f]+\.tmp")


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Tell what the system refuses as bad input.

    Args:
        path: What is being written, for the message.

    Raises:
        InputError: In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def replace_whole(path: str | Path, own: bool = False) -> Iterator[Path]:
    """Give a temporary file, which takes the place of another at the end, or never.

    It lies in the same folder, and its content is on the disk before it gets the final name. A
    link stays a link: its target is replaced. A file that is there keeps its permissions, a new
    one gets the ordinary ones.

    Args:
        path: The file; its folder is made.
        own: A record that a program keeps: what it has read, it may replace.

    Yields:
        Path: The temporary file, empty.

    Raises:
        InputError: The path is no regular file, is an input, or cannot be written.
    """
    with writing(path):
        target, permissions = _target(path, own)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(target.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        handle = os.open(temporary, flags, 0o666 if permissions is None else permissions)
        try:
            if fcntl is not None:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(handle, fcntl.LOCK_EX)
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


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes have left of files that they were writing to a folder."""
    if fcntl is None:
        return
    for name in filter(_TEMPORARY.fullmatch, os.listdir(folder)):
        # Whoever is writing one holds its lock; a folder of that name cannot be opened so.
        with suppress(OSError):
            handle = os.open(folder / name, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(folder / name)
            finally:
                os.close(handle)


@contextmanager
def atomic_write(path: str | Path, mode: str = "w", own: bool = False) -> Iterator[IO]:
    """Open a file whose content takes the place of another at the end, or never.

    Args:
        path: The file, see :func:`replace_whole`.
        mode: ``'w'`` or ``'wb'``.
        own: See :func:`replace_whole`.

    Raises:
        InputError: See :func:`replace_whole`.
    """
    encoding = None if "b" in mode else "utf-8"
    with replace_whole(path, own) as temporary, open(temporary, mode, encoding=encoding) as file:
        yield file


def write_text(path: str | Path, text: str) -> None:
    """Write a text whole or not at all, see :func:`atomic_write`."""
    with atomic_write(path) as file:
        file.write(text)


def check_output(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Refuse a path that a file cannot or should not be written to, before there is a file.

    Args:
        path: The file to write.
        inputs: Files that will be read, which it must not replace.

    Raises:
        InputError: It is one of the inputs, a folder, a device or the like; its name is too long;
            or nothing can be written to its folder.
    """
    with writing(path):
        target, _ = _target(path)
        for source in inputs:
            if target.exists() and os.path.exists(source) and target.samefile(source):
                raise InputError(f"{path}: would replace the input {source}: choose another file")
        _try_writing(target.parent, target.name)


def check_folder(path: str | Path, size: int = 0) -> None:
    """Refuse a folder that nothing can be written to; it is not made.

    Args:
        path: The folder, which need not be there.
        size: Bytes that there must be room for.

    Raises:
        InputError: It is a file, its name is too long, or its disk is full.
    """
    with writing(path):
        _check_name(path)
        if os.path.lexists(path) and not os.path.isdir(path):
            kind = "a file" if os.path.exists(path) else "a link that leads nowhere"
            raise InputError(f"{path}: expected a folder, got {kind}: choose another")
        base = _try_writing(_resolved(path))
        free = shutil.disk_usage(base).free
        if free < size:
            raise InputError(
                f"{path}: expected at least {size / 1e6:.0f} MB free on the disk, got "
                f"{free / 1e6:.0f} MB"
            )


def _try_writing(folder: Path, name: str = "") -> Path:
    """Write to a folder or, where it is not there, to the one that it would be made in."""
    missing = [name]
    while not folder.exists():
        missing.append(folder.name)
        folder = folder.parent
    for part in filter(None, missing):
        # A name that is too long is refused wherever it is asked for.
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
    # A name of its own, as the file's with an ending may be too long.
    return folder / f".{uuid4().hex}.tmp"


def _target(path: str | Path, own: bool = False) -> tuple[Path, int | None]:
    """The file behind links, and its permissions where it is there."""
    _check_name(path)
    if str(path).endswith(os.sep):
        raise InputError(f"{path}: expected the name of a file, got that of a folder")
    try:
        # resolve() would lose what links of /proc lead to: pipes have no path.
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
