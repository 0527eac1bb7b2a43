"""All supported formats, by name."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..fileio import read_json, read_text
from ..fileio.activitynet import is_bare_database, read_activitynet, write_activitynet
from ..fileio.event_table import EventTable
from ..fileio.table_files import read_table, write_csv, write_dcase
from ..schema import show
from .audacity import read_audacity, write_audacity
from .fiftyone import read_fiftyone, write_fiftyone
from .label_studio import TASKS_FILE, read_label_studio, write_label_studio
from .subtitles import read_srt, read_vtt, write_srt, write_vtt
from .via import is_via, read_via, write_via
from .via_project import is_via_project


class Format(NamedTuple):
    """A format.

    Attributes:
        read: Reads events from a path.
        write: Writes events to a path.
        is_folder: Whether it writes a folder.
    """

    read: Callable[[str | Path], EventTable]
    write: Callable[[str | Path, EventTable], None]
    is_folder: bool = False


FORMATS = {
    "activitynet": Format(read_activitynet, write_activitynet),
    "csv": Format(read_table, write_csv),
    "dcase": Format(read_table, write_dcase),
    "via": Format(read_via, write_via),
    "audacity": Format(read_audacity, write_audacity, True),
    "vtt": Format(read_vtt, write_vtt, True),
    "srt": Format(read_srt, write_srt, True),
    "label-studio": Format(read_label_studio, write_label_studio, True),
    "fiftyone": Format(read_fiftyone, write_fiftyone),
}
_ENDINGS = {".csv": "csv", ".tsv": "dcase", ".txt": "audacity", ".vtt": "vtt", ".srt": "srt"}


def read_events(path: str | Path, kind: str | None = None) -> EventTable:
    """Read events.

    Args:
        path: A file, or a folder with one file per video.
        kind: Name of the format in :data:`FORMATS`; by default it is detected.

    Raises:
        InputError: The format cannot be detected, or the file cannot be read.
    """
    return FORMATS[kind or format_of(path)].read(path)


def format_of(path: str | Path) -> str:
    """Detect the format of a file or folder from its name and content.

    Raises:
        InputError: The format is unknown, or the file does not exist.
    """
    path = Path(path)
    if path.is_dir():
        names = [entry.name for entry in os.scandir(path)]
        if TASKS_FILE in names:
            return "label-studio"
        found = {_ENDINGS[x] for x in map(_ending, names) if x in (".txt", ".vtt", ".srt")}
        if len(found) == 1:
            return found.pop()
    elif path.suffix.lower() == ".json":
        return _format_of_json(path)
    elif path.suffix.lower() == ".csv":
        return "via" if is_via(read_text(path, "event file")) else "csv"
    elif (kind := _ENDINGS.get(path.suffix.lower())) is not None:
        return kind
    raise InputError(
        f"{path}: expected a name with a known extension; formats are {', '.join(FORMATS)}"
    )


def _format_of_json(path: Path) -> str:
    content = read_json(path, "event file", (dict, list))
    if isinstance(content, list):
        return "label-studio"
    if "database" in content or "results" in content or is_bare_database(content):
        return "activitynet"
    if isinstance(content.get("labels"), dict):
        return "fiftyone"
    if is_via_project(content):
        return "via"
    raise InputError(
        f"{path}: expected a file of ActivityNet (database or results), MMAction2 (videos with "
        "annotations), Label Studio (a list of tasks), FiftyOne (labels) or a project of VIA 3, "
        f"got an object of {show(list(content)[:5])}"
    )


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()
