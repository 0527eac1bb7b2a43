"""Locks that a process holds on files, and that end with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import InputError
from .atomic import remove_leftovers, writing


@contextmanager
def locked(path: str | Path, refusal: str, wait: bool = False) -> Iterator[None]:
    """Hold a lock, which goes with the process, however it ends; its children do not hold it.

    What killed processes were writing to the folder is removed.

    Args:
        path: The lock's file; its folder is made. The file is removed afterwards.
        refusal: What to do where another process has the lock, for the message.
        wait: Wait for that process instead.

    Raises:
        InputError: Another process holds it, or this one already does; or the file cannot be
            written.
    """
    path = Path(path)
    lock = FileLock(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path.parent)
        try:
            lock.acquire(blocking=wait)
        except Timeout as error:
            text = f"{path.parent}: another process is at work here ({path.name}): {refusal}"
            raise InputError(text) from error
    try:
        yield
    finally:
        # Removed while it is held, so that nobody else's goes.
        path.unlink(missing_ok=True)
        lock.release()
