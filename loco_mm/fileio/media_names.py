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
    """Id of the video of a media file: its name without its ending, where that is known."""
    return _without_ending(os.path.basename(os.path.abspath(path)))


def id_of_file(file: str) -> str:
    """The same of a media file's name, or of its address, as an event file has it."""
    name = name_of_address(file) if is_address(file) else file.rpartition("/")[2]
    return _without_ending(name)


def is_address(file: str) -> bool:
    """Whether it is an address, which is encoded and may have a query; a name is and has neither.

    Of addresses without a scheme, those of files that Label Studio serves are known.
    """
    return "://" in file or bool(_SERVED.match(file))


def name_of_address(address: str) -> str:
    """Name of the file that an address leads to; empty where it leads to none.

    Label Studio serves local files as ``/data/local-files/?d=PATH``, and puts a number before the
    names of uploaded ones.
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
    """A file's name in two, at its last dot, where a name stands before that.

    Ids may be of dots alone, which :func:`os.path.splitext` takes for a part of the name.

    Returns:
        tuple[str, str]: The name, and the ending in lower case with its dot, or nothing.
    """
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending.lower()) if is_file_name(stem) else (name, "")


def _without_ending(name: str) -> str:
    stem, ending = split_ending(name)
    return stem if ending in VIDEO_ENDINGS | SOUND_ENDINGS else name


def video_files(folder: str | Path, where: str) -> dict[str, Path]:
    """Videos of a folder by their ids.

    Args:
        folder: The folder.
        where: Argument that it comes from, for the message.

    Raises:
        InputError: There is no such folder, or two files have one id.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{where} {folder}: no such folder")
    found: dict[str, Path] = {}
    for path in sorted(Path(folder).iterdir()):
        if split_ending(path.name)[1] not in VIDEO_ENDINGS:
            continue
        video_id = id_of_path(path)
        if found.setdefault(video_id, path) != path:
            raise InputError(f"{found[video_id]} and {path} have one id: rename one")
    return found
