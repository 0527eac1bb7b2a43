"""Files that are read while another program still writes them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InputError
from ..fileio import open_regular
from .boxes import index_is_last, lacks_index

# Seconds between two looks at a file that does not grow.
_POLL = 0.05


class GrowingFile:
    """A source for PyAV whose end is reached when the file has not grown for some time.

    Without ``seek``, FFmpeg reads it from start to end, and does not look for its end first.

    Args:
        file: The file.
        timeout: Seconds after which a file that does not grow is complete.
        can_seek: Whether FFmpeg may seek, which MP4 files with their index at the end need.
    """

    def __init__(self, file: BinaryIO, timeout: float, can_seek: bool = False):
        self._file, self._patience = file, timeout
        if can_seek:
            self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        since = time.monotonic()
        while not (data := self._file.read(size)):
            if time.monotonic() - since >= self._patience:
                self._patience = 0.0  # FFmpeg reads several times at the end
                break
            time.sleep(_POLL)
        return data


class Pipe:
    """A source for PyAV that returns what a pipe has, instead of waiting for a full block.

    Args:
        file: An open binary file.
    """

    def __init__(self, file: Any):
        self.read = getattr(file, "read1", file.read)


@contextmanager
def growing(path: str | Path, timeout: float) -> Iterator[GrowingFile]:
    """Open a media file that may still be written.

    Args:
        path: The file.
        timeout: Seconds after which a file that does not grow is complete.

    Raises:
        InputError: The file is missing, or an MP4 file whose index is not written yet.
    """
    with open_regular(path, "media file") as file:
        GrowingFile(file, timeout).read(1)
        since = time.monotonic()
        while lacks_index(file):
            if time.monotonic() - since >= timeout:
                raise InputError(
                    f"media file {path}: its index (moov) is missing: an MP4 file that is not "
                    "fragmented can be read when its recording has ended; record MPEG-TS, "
                    "Matroska or fragmented MP4"
                )
            time.sleep(_POLL)
        can_seek = index_is_last(file)
        file.seek(0)
        yield GrowingFile(file, timeout, can_seek)
