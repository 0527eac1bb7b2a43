"""Names of media files."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from ..errors import InputError
from ..text import is_file_name

_SERVED = re.compile(r"/data/upload/|/([^?]*/)?\?d=")
_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
_VIDEOS = (
    "3g2 3gp asf avi divx dv f4v flv m2t m2ts m2v m4v mj2 mkv mod mov mp4 mpe mpeg mpg mpv mts mxf "
    "nut ogm ogv qt rm rmvb tod ts vob webm wmv"
)
_SOUNDS = "aac aif aiff au caf flac m4a m4b mka mp2 mp3 oga ogg opus wav wma"
VIDEO_ENDINGS = frozenset(f".{name}" for name in _VIDEOS.split())
SOUND_ENDINGS = frozenset(f".{name}" for name in _SOUNDS.split())


def id_of_path(path: str | Path) -> str:
    """Video id of a media file: its name without the extension, if that is a known one."""
    return _without_ending(os.path.basename(os.path.abspath(path)))


def id_of_file(file: str) -> str:
    """Video id of a media file that is given by name or URL, as in event files."""
    name = name_of_address(file) if is_address(file) else file.rpartition("/")[2]
    return _without_ending(name)


def is_address(file: str) -> bool:
    """Whether a string is a URL, which is encoded and may have a query, in contrast to a name.

    URLs without a scheme are recognized only if they are of files that Label Studio serves.
    """
    return "://" in file or bool(_SERVED.match(file))


def name_of_address(address: str) -> str:
    """File name in a URL; empty if there is none.

    Label Studio serves local files as ``/data/local-files/?d=PATH``, and adds a prefix to the names
    of uploaded files.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    local = parse_qs(parts.query).get("d") if parts.path.endswith("/") else None
    path = local[0] if local else unquote(parts.path)
    name = path.rpartition("/")[2]
    return _UPLOAD.sub("", name) if "/upload/" in path else name


def split_ending(name: str) -> tuple[str, str]:
    """Split a file name at its last dot, if a name precedes it.

    In contrast to :func:`os.path.splitext`, an id that consists of dots is not empty.

    Returns:
        tuple[str, str]: The name, and the extension in lower case with its dot, or an empty string.
    """
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending.lower()) if is_file_name(stem) else (name, "")


def _without_ending(name: str) -> str:
    stem, ending = split_ending(name)
    return stem if ending in VIDEO_ENDINGS | SOUND_ENDINGS else name


def video_files(folder: str | Path, where: str) -> dict[str, Path]:
    """Videos in a folder, by id.

    Args:
        folder: The folder.
        where: Argument with the folder, for the message.

    Raises:
        InputError: The folder does not exist, or two files have the same id.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{where} {folder}: no such folder")
    found: dict[str, Path] = {}
    for path in sorted(Path(folder).iterdir()):
        if split_ending(path.name)[1] not in VIDEO_ENDINGS:
            continue
        video_id = id_of_path(path)
        if found.setdefault(video_id, path) != path:
            raise InputError(f"{found[video_id]} and {path} have the same id: rename one")
    return found
