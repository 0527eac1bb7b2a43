"""Label tracks of Audacity: lines of start, end and label, separated by tabs."""

from pathlib import Path

from ..errors import InputError
from ..fileio.event_table import EventTable, NamedEvent, check_line, make_event, with_point
from .folders import read_folder, write_folder


def read_audacity(path: str | Path) -> EventTable:
    """Read exported label tracks: a file, or a folder of ``{video_id}.txt``.

    Raises:
        InputError: A file cannot be read, or a line is not a label.
    """
    return read_folder(path, ".txt", "label track", _events)


def write_audacity(path: str | Path, table: EventTable) -> None:
    """Write a folder of ``{video_id}.txt`` for Audacity. Scores are not written."""
    write_folder(path, ".txt", table, _text)


def _events(source: str, text: str) -> list[NamedEvent]:
    events = []
    for number, line in enumerate(text.splitlines(), 1):
        # Such a line is the frequency range of the previous label.
        if not line.strip() or line.startswith("\\"):
            continue
        fields = line.split("\t")
        where = f"{source}, line {number}"
        if len(fields) != 3:
            raise InputError(
                f"{where}: expected start, end and label with tabs between them, got "
                f"{len(fields)} fields"
            )
        start, end, label = fields
        events.append(make_event(where, with_point(start), with_point(end), label))
    return events


def _text(where: str, events: list[NamedEvent]) -> str:
    return "".join(f"{x.start:.6f}\t{x.end:.6f}\t{check_line(where, x.label)}\n" for x in events)
