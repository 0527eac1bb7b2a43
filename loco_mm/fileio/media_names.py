"""Names of media files."""

import os
from pathlib import Path

from ..errors import InputError

VIDEO_ENDINGS = frozenset(
    [".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"]
)
SOUND_ENDINGS = frozenset([".aac", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"])


def id_of_file(file: str) -> str:
    """Id of the video of a media file, or of its address: its name without folders and ending."""
    name = file.rpartition("/")[2].partition("?")[0]
    stem, ending = os.path.splitext(name)
    return stem if ending.lower() in VIDEO_ENDINGS | SOUND_ENDINGS else name


def video_files(folder: str | Path, where: str) -> dict[str, Path]:
    """Videos of a folder by their ids.

    Args:
        folder (str | Path): The folder.
        where (str): Argument that it comes from, for the message.

    Raises:
        InputError: There is no such folder, or two files have one id.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{where} {folder}: no such folder")
    found: dict[str, Path] = {}
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() in VIDEO_ENDINGS and found.setdefault(path.stem, path) != path:
            raise InputError(f"{found[path.stem]} and {path} have one id: rename one")
    return found
