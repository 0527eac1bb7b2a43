"""Formats with a file for each video."""

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
    """Read a file, or all of a folder; a video's id is its file's name without ending.

    Args:
        path: The file or folder.
        ending: Ending of the files, as ``'.txt'``.
        what: What a file is, for messages.
        events_of (Callable): Events of a file, of its name for messages and its text.

    Raises:
        InputError: There is no such file, or one is bad.
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
    """Write a file for each video into a folder, which is made.

    Args:
        path: The folder.
        ending: Ending of the files.
        table: The videos.
        text_of (Callable): Text of a file, of its name for messages and its events.

    Raises:
        InputError: Events cannot be written in the format, or nothing can be written there.
    """
    check_folder(path)
    texts = {}
    for video_id, video in table.videos.items():
        file = Path(path) / file_name(f"{path}", video_id, ending)
        texts[file] = text_of(str(file), sorted(video.events, key=lambda x: x[:3]))
    for file, text in texts.items():
        write_text(file, text)
