"""File locks that are released when their process ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import InputError
from .atomic import remove_leftovers, writing


@contextmanager
def locked(path: str | Path, refusal: str, wait: bool = False) -> Iterator[None]:
    """Hold a lock, which is released however the process ends and is not inherited by children.

    Temporary files of killed processes in the folder are removed.

    Args:
        path: The lock file, which is removed afterwards; its folder is created if needed.
        refusal: What to do if another process holds the lock, for the message.
        wait: Whether to wait for the other process instead.

    Raises:
        InputError: Another process or this one already holds the lock, or the file cannot be
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
            text = f"{path.parent}: another process is using this folder ({path.name}): {refusal}"
            raise InputError(text) from error
    try:
        yield
    finally:
        # Removed while the lock is held, so that it cannot be the file of another process.
        path.unlink(missing_ok=True)
        lock.release()
