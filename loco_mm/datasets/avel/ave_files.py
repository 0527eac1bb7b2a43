"""The annotations of AVE (Tian et al., ECCV 2018), and its splits.

``Annotations.txt`` has one video per line, ``category&VideoID&quality&start&end``, with the event
from second ``start`` up to, but excluding, second ``end``. ``{subset}_order.h5`` lists the rows of
a split. A video with events of two categories has two lines.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from ...fileio import HDF5Array, read_text
from ...schema import show
from ...text import file_name, is_unicode, warn

NUM_SEGMENTS = 10
SUBSETS = ("train", "val", "test")
_FORM = "category&VideoID&quality&start&end"


class AVEVideo(NamedTuple):
    """A line of the annotations.

    Attributes:
        category: Class of the event.
        video_id: Id of the video.
        start: First second of the event.
        end: The second after its last one; equal to ``start`` without an event.
    """

    category: str
    video_id: str
    start: int
    end: int

    @property
    def active(self) -> np.ndarray:
        """(T,) bool, True for the segments of the event."""
        seconds = np.arange(NUM_SEGMENTS)
        return (self.start <= seconds) & (seconds < self.end)


def read_ave_annotations(path: str | Path) -> list[AVEVideo]:
    """Read ``Annotations.txt``.

    Raises:
        InputError: The file is missing or empty, or a line is malformed.
    """
    what = f"annotation file {path}"
    hint = "; see docs/data.md, or change dataset.data_root or dataset.ann_file"
    text = read_text(path, "annotation file", hint)
    videos = [
        _parse(what, number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not (number == 1 and line.split("&")[1:2] == ["VideoID"])
    ]
    if not videos:
        raise InputError(f"{what}: expected a line {_FORM} for each video, got none")
    return videos


def _parse(what: str, number: int, line: str) -> AVEVideo:
    fields = [field.strip() for field in line.split("&")]
    if len(fields) != 5 or not fields[0] or not fields[1] or not is_unicode(line) or "\0" in line:
        raise InputError(f"{what}: line {number}: expected {_FORM}, got {show(line)}")
    file_name(f"{what}: line {number}", fields[1])
    are_numbers = all(re.fullmatch("[0-9]{1,2}", field) for field in fields[3:])
    start, end = map(int, fields[3:]) if are_numbers else (1, 0)
    if not start <= end <= NUM_SEGMENTS:
        raise InputError(
            f"{what}: line {number}: expected whole seconds with 0 <= start <= end <= "
            f"{NUM_SEGMENTS}, got start and end {show('&'.join(fields[3:]))}"
        )
    return AVEVideo(fields[0], fields[1], start, end)


def read_ave_orders(folder: str | Path, count: int) -> dict[str, np.ndarray]:
    """Read the rows of each split.

    Args:
        folder: Folder of the ``{subset}_order.h5`` files.
        count: Number of annotated videos.

    Returns:
        dict[str, ndarray]: Rows, counted from 0, by split, in the order of the file.

    Raises:
        InputError: A file is missing or invalid, a row does not exist, or a row occurs twice.
    """
    orders: dict[str, np.ndarray] = {}
    owner: dict[int, str] = {}
    for subset in SUBSETS:
        path = Path(folder) / f"{subset}_order.h5"
        rows = HDF5Array(path, "order", "order file", [("N",)], kinds="iu")[:]
        what = f"order file {path}: 'order'"
        if (outside := (rows < 0) | (rows >= count)).any():
            at = int(outside.argmax())
            raise InputError(
                f"{what}[{at}]: expected a row of the annotations, 0 to {count - 1}, got {rows[at]}"
            )
        for at, row in enumerate(rows.tolist()):
            if row in owner:
                raise InputError(
                    f"{what}[{at}]: expected each row once in one split, got row {row}, which "
                    f"{owner[row]}_order.h5 lists already"
                )
            owner[row] = subset
        orders[subset] = rows.astype(np.int64)
    if len(owner) < count:
        warn(f"{folder}: {count - len(owner)} of {count} annotated videos are in no split", 2)
    return orders
