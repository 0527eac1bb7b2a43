"""Formats with one file per video."""

import os
from collections.abc import Callable
from pathlib import Path

from ..errors import InputError
from ..fileio import check_folder, id_of_file, read_text, split_ending, write_text
from ..fileio.event_table import EventTable, NamedEvent, VideoEvents
from ..text import file_name

Reader = Callable[[str, str], list[NamedEvent]]
Writer = Callable[[str, list[NamedEvent]], str]


def read_folder(path: str | Path, ending: str, what: str, events_of: Reader) -> EventTable:
    """Read a file, or all files of a folder. A video's id is its file name without extension.

    Args:
        path: The file or folder.
        ending: Extension of the files, such as ``'.txt'``.
        what: Description of a file, for messages.
        events_of (Callable): Parses the events of a file, given its name for messages and its text.

    Raises:
        InputError: The file does not exist, or a file is invalid.
    """
    if os.path.isdir(path):
        files = sorted(p for p in Path(path).iterdir() if split_ending(p.name)[1] == ending)
        if not files:
            raise InputError(f"{path}: expected a {ending} file for each video, got none")
    else:
        files = [Path(path)]
    table = EventTable()
    for file in files:
        source = f"{what} {file}"
        video_id = id_of_file(split_ending(file.name)[0])
        file_name(source, video_id)
        if video_id in table.videos:
            raise InputError(
                f"{source}: expected one file per video, got another of video {video_id!r}"
            )
        table.videos[video_id] = VideoEvents(events_of(source, read_text(file, what)))
    return table


def write_folder(path: str | Path, ending: str, table: EventTable, text_of: Writer) -> None:
    """Write one file per video to a folder, which is created if needed.

    Args:
        path: The folder.
        ending: Extension of the files.
        table: The videos.
        text_of (Callable): Formats the text of a file, given its name for messages and its events.

    Raises:
        InputError: Events are not supported by the format, or the folder is not writable.
    """
    check_folder(path)
    texts = {}
    for video_id, video in table.videos.items():
        file = Path(path) / file_name(f"{path}", video_id, ending)
        texts[file] = text_of(str(file), sorted(video.events, key=lambda x: x[:3]))
    for file, text in texts.items():
        write_text(file, text)
