"""The boxes of MP4 files, in front of FFmpeg, which takes truncated ones for other formats."""

import os
from collections.abc import Iterator
from typing import BinaryIO

# Maximum number of boxes among which the index is searched.
_MOST_BOXES = 1000


def boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Kind and end, in bytes, of each box at the top of an MP4 file; none for other formats."""
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if position == 0 and kind != b"ftyp":
            return
        if size == 1:  # a 64-bit size follows
            size = int.from_bytes(head[8:16], "big")
        yield kind, position + size
        if size < 8:  # extends to the end of the file
            return
        position += size


def lacks_index(file: BinaryIO) -> bool:
    """Whether a file begins as MP4, but lacks the index, which is often at its end."""
    length, kind = file.seek(0, os.SEEK_END), None
    for kind, end in boxes(file):
        if kind == b"moov":
            return end > length
    return kind is not None


def index_is_last(file: BinaryIO) -> bool:
    """Whether the index of an MP4 file follows its data, so that a reader must seek."""
    kinds = [kind for kind, _ in boxes(file)]
    return b"moov" in kinds and b"mdat" in kinds[: kinds.index(b"moov")]
