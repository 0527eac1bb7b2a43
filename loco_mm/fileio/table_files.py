"""Tables with one row per event: CSV, and the TSV of the DCASE challenges."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..schema import show
from ..text import first_line
from .atomic import atomic_write
from .event_table import EventTable, VideoEvents, file_of, make_event, seconds, with_point
from .media_names import id_of_file
from .reading import read_text

_COLUMNS = ("video_id", "start", "end", "label")
# Other names of the columns.
_OTHER_NAMES = {
    "filename": "video_id",
    "onset": "start",
    "offset": "end",
    "event_label": "label",
    "event": "label",
    "split": "subset",
    # In AudioSet.
    "ytid": "video_id",
    "start_seconds": "start",
    "end_seconds": "end",
    "positive_labels": "label",
}
# Columns with several labels in one cell.
_SEVERAL = "positive_labels"
_NUMBERS = ("start", "end", "score", "duration")
# Spreadsheets execute such cells as formulas, unless an apostrophe marks them as text.
_FORMULA = re.compile(r"[\s']*[=+\-@]")


def read_table(path: str | Path) -> EventTable:
    """Read a table whose first row contains the names of its columns, possibly as a comment.

    Required columns are ``video_id`` (or ``filename`` of a media file), ``start`` and ``end`` (or
    ``onset`` and ``offset``; in seconds or ``hours:minutes:seconds``) and ``label`` (or
    ``event_label`` or ``event``). Optional columns are ``score``, ``duration`` and ``subset`` (or
    ``split``). Others are ignored. A row with only a video is a video without events. Columns are
    separated by commas, semicolons or tabs; except with commas, numbers may have a decimal comma.
    An apostrophe before ``=``, ``+``, ``-`` or ``@``, which spreadsheets use to mark text, is
    removed. Lines before the first row that begin with ``#`` are comments.

    Raises:
        InputError: The file cannot be read, a column is missing, or a row is invalid.
    """
    source = f"event table {path}"
    names, rows = _rows(source, read_text(path, "event table"))
    table = EventTable()
    for line, row in rows:
        where = f"{source}, line {line}"
        if len(row) > len(names):
            raise InputError(f"{where}: expected {len(names)} fields, got {len(row)}")
        cells = dict(zip(names, map(_text, row), strict=False))
        if not any(cells.values()):
            continue
        file = cells.get("video_id", "")
        _, video = table.video(where, file)
        _note(where, video, cells)
        if any(cells.get(name) for name in _COLUMNS[1:]):
            start, end, label = (cells.get(name, "") for name in _COLUMNS[1:])
            video.events.append(make_event(where, start, end, label, cells.get("score")))
    for video_id, video in table.videos.items():
        # An id alone is not the name of a file.
        if video.file == video_id:
            video.file = None
    return table


def write_csv(path: str | Path, table: EventTable) -> None:
    """Write one row per event: video_id, start, end, label, score; rounded to milliseconds.

    Known durations and splits are added as columns. A video without events has a row with only the
    video's columns. Text that a spreadsheet would execute as a formula, because it begins with
    ``=``, ``+``, ``-`` or ``@``, is prefixed with an apostrophe.
    """
    extra = [
        name
        for name in ("duration", "subset")
        if any(getattr(video, name) is not None for video in table.videos.values())
    ]
    header = [*_COLUMNS, *(["score"] if table.is_scored else []), *extra]

    def rows(video_id: str, video: VideoEvents) -> list[list]:
        subset = video.subset and _cell(video.subset)
        known = dict(video_id=_cell(video_id), duration=video.duration, subset=subset)
        cells = [
            dict(
                known,
                start=f"{event.start:.3f}",
                end=f"{event.end:.3f}",
                label=_cell(event.label),
                score="" if event.score is None else f"{event.score:.4f}",
            )
            for event in video.events
        ]
        return [[row.get(name) for name in header] for row in cells or [known]]

    _write(path, ",", header, table, rows)


def write_dcase(path: str | Path, table: EventTable) -> None:
    """Write one row per event: filename, onset, offset, event_label. Scores are not written."""

    def rows(video_id: str, video: VideoEvents) -> list[list]:
        file = _cell(file_of(video_id, video))
        found = [[file, f"{x.start:.3f}", f"{x.end:.3f}", _cell(x.label)] for x in video.events]
        return found or [[file, "", "", ""]]

    _write(path, "\t", ["filename", "onset", "offset", "event_label"], table, rows)


def _cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _text(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _write(path: str | Path, delimiter: str, header: list[str], table: EventTable, rows) -> None:
    with atomic_write(path) as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        for video_id, video in table.videos.items():
            writer.writerows(rows(video_id, video))


def _rows(source: str, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Column names, and the other rows with line numbers; several labels become several rows."""
    skipped, lines = _without_comments(text)
    delimiter = max(",;\t", key="".join(lines[:1]).count)
    # AudioSet's table has spaces between commas and quotes.
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        rows = [(skipped + reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(
            f"{source}, line {skipped + reader.line_num}: {first_line(error)}"
        ) from error
    names = [_OTHER_NAMES.get(name, name) for name in header]
    _check_columns(source, header, names)
    numbers = [n for n, name in enumerate(names) if name in _NUMBERS and delimiter != ","]
    for _, row in rows:
        for place in numbers:
            row[place : place + 1] = map(with_point, row[place : place + 1])
    if _SEVERAL in header:
        at = header.index(_SEVERAL)
        rows = [
            (line, [*row[:at], label, *row[at + 1 :]])
            for line, row in rows
            for label in ",".join(row[at : at + 1]).split(",")
        ]
    return names, rows


def _without_comments(text: str) -> tuple[int, list[str]]:
    """Lines from the row with column names on, and the number of lines before it."""
    lines = io.StringIO(text, newline="").readlines()
    first = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = lines[first - 1].lstrip("# ") if first else ""
    named = {
        _OTHER_NAMES.get(x.strip().lower(), x.strip().lower()) for x in re.split("[,;\t]", head)
    }
    if named.issuperset(_COLUMNS):
        return first - 1, [head, *lines[first:]]
    return first, lines[first:]


def _check_columns(source: str, header: Sequence[str], names: Sequence[str]) -> None:
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise InputError(
            f"{source}: expected video_id, start, end, label in the first row, got "
            f"{show(list(header))} without {', '.join(missing)}"
        )
    if twice := [name for name in (*_COLUMNS, "score") if names.count(name) > 1]:
        raise InputError(f"{source}: expected one column {twice[0]}, got {show(list(header))}")


def _note(where: str, video: VideoEvents, cells: dict[str, str]) -> None:
    """Store duration and split, which must be the same in all rows of a video."""
    duration = cells.get("duration") or None
    known = dict(
        duration=None if duration is None else seconds(where, "duration", duration),
        subset=cells.get("subset") or None,
    )
    for name, value in known.items():
        before = getattr(video, name)
        if None not in (value, before) and value != before:
            raise InputError(
                f"{where}: {name} of video {id_of_file(cells['video_id'])}: expected {before}, "
                f"as in a row before, got {value}"
            )
        setattr(video, name, before if value is None else value)
