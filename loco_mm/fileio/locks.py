"""Locks that a process holds on files, and that end with it."""

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ..errors import InputError
from ..text import printable, warn
from .atomic import fcntl, remove_leftovers, writing

# What file systems answer that know no locks.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
# A process may lock its own file twice without noticing.
_HELD: set[Path] = set()


@contextmanager
def locked(path: str | Path, refusal: str, wait: bool = False) -> Iterator[None]:
    """Hold a lock, which goes with the process, however it ends.

    What killed processes were writing to the folder is removed. The lock's file says which process
    holds it, and is gone afterwards; one that a killed process left is
    no lock. Children do not hold it: they may outlive their parent for a while. Nothing else in the
    process may open the file, as the system takes the lock away with whichever handle is closed.

    Args:
        path: The lock's file; its folder is made.
        refusal: What to say, after the holder, where another process has it.
        wait: Wait for that process instead.

    Raises:
        InputError: Another process holds it, or the file cannot be written.
    """
    path = Path(path)
    path = path.parent.resolve() / path.name
    if path in _HELD:
        raise InputError(f"{path}: held by this very process: {refusal}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path.parent)
        handle = _take(path, refusal, wait)
    if handle is None:
        warn(f"{path}: this file system has no locks: other processes are not noticed here", 3)
        yield
        return
    _HELD.add(path)
    try:
        with writing(path):
            os.ftruncate(handle, 0)
            os.write(handle, json.dumps(_own_name()).encode())
        yield
    finally:
        _HELD.discard(path)
        # Removed while it is held, so that nobody else's goes.
        path.unlink(missing_ok=True)
        os.close(handle)


def _take(path: Path, refusal: str, wait: bool) -> int | None:
    """An open file with the lock; None where there are no locks."""
    if fcntl is None:
        return None
    while True:
        # A link could lead to a file that is not ours to empty.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        is_ours = False
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            # Who held it may have removed it meanwhile.
            is_ours = os.path.exists(path) and os.path.samestat(os.fstat(handle), os.stat(path))
            if is_ours:
                return handle
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                text = f"{path.parent}: {_holder(handle)} is at work here: {refusal}"
                raise InputError(text) from None
            if error.errno in _NO_LOCKS:
                path.unlink()
                return None
            raise
        finally:
            if not is_ours:
                os.close(handle)


def _own_name() -> dict:
    return dict(
        pid=os.getpid(),
        host=socket.gethostname(),
        since=datetime.now().isoformat(" ", "seconds"),
        command=" ".join(sys.argv),
    )


def _holder(handle: int) -> str:
    try:
        found = json.loads(os.pread(handle, 10_000, 0))
        text = "process {pid} on {host} ({command}), since {since},".format(**found)
    except (ValueError, KeyError, TypeError):  # it is being written
        return "another process"
    return printable(text)
