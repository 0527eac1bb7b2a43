"""Tables of videos: CSV files with the columns video_id, category and split."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError
from ...fileio import read_text
from ...schema import show
from ...text import file_name
from .ave_files import SUBSETS

_COLUMNS = ("video_id", "category", "split")


class TableRow(NamedTuple):
    """A video of the table.

    Attributes:
        video_id: Id of the video.
        category: Class of its event.
        split: ``'train'``, ``'val'`` or ``'test'``.
    """

    video_id: str
    category: str
    split: str


def read_video_table(path: str | Path) -> list[TableRow]:
    """Read the table of videos, a CSV file with the columns video_id, category and split.

    Raises:
        InputError: The file is missing or empty, a column is missing, or a row is malformed.
    """
    what = f"table of videos {path}"
    hint = "; see docs/data.md, or change dataset.data_root or dataset.ann_file"
    text = read_text(path, "table of videos", hint)
    try:
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not set(_COLUMNS).issubset(lines.fieldnames or ()):
            raise InputError(
                f"{what}: expected the columns {list(_COLUMNS)}, got {show(lines.fieldnames)}"
            )
        rows = [_row(what, lines.line_num, line) for line in lines]
    except csv.Error as error:
        raise InputError(f"{what}: after line {lines.line_num}: no CSV: {error}") from error
    if not rows:
        raise InputError(f"{what}: expected a row for each video, got none")
    return rows


def _row(what: str, number: int, line: dict) -> TableRow:
    where = f"{what}: line {number}"
    values = [(line[name] or "").strip() for name in _COLUMNS]
    for name, value in zip(_COLUMNS, values, strict=True):
        if not value:
            raise InputError(f"{where}: expected a {name}, got none")
    file_name(where, values[0])
    if values[2] not in SUBSETS:
        raise InputError(f"{where}: expected one of {SUBSETS}, got split {show(values[2])}")
    return TableRow(*values)
