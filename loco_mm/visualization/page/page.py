"""Writes the HTML page."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from ...arrays import check_number
from ...errors import InputError
from ...fileio import atomic_write
from ...text import warn
from .contents import PageVideo, page_data
from .previews import BYTES_A_SECOND, preview

_SCRIPTS = (
    "model.js",
    "scores.js",
    "timeline.js",
    "player.js",
    "editor.js",
    "errors.js",
    "index.js",
)
_MARK = re.compile(r"@@([a-z-]+)@@")


def write_page(
    path: str | Path,
    title: str,
    videos: Sequence[PageVideo],
    classes: Sequence[str],
    score_thr: float = 0.2,
    most_bytes: float = 100e6,
    progress: Callable[[Iterable], Iterable] = iter,
    diagnosis: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write an HTML page with the predictions for videos, in one file without external resources.

    Args:
        path: The file to write.
        title: Heading of the page.
        videos: The videos.
        classes: Class names by label.
        score_thr: Initial minimum score.
        most_bytes: Maximum total size of the copies of the videos. The first ones are embedded; the
            others are shown without video and audio, most of them with a picture in the list.
        progress: Wraps the videos while copies are made.
        diagnosis: Content of a :class:`loco_mm.apis.diagnosis.Diagnosis` as a dict, for a tab with
            the errors of all predictions.

    Returns:
        list[str]: Ids of the videos with a media file that are not embedded.

    Raises:
        InputError: ``score_thr`` is not a finite number, or the file cannot be written.
    """
    score_thr = check_number("write_page.score_thr", score_thr, "a finite number")
    left_out, room = [], most_bytes
    data = page_data(title, videos, classes, score_thr, diagnosis)
    top, bottom = _frame(data)
    with atomic_write(path) as file:
        file.write(top)
        for number, video in enumerate(progress(videos)):
            if video.media is None:
                continue
            copy = picture = b""
            if video.duration * BYTES_A_SECOND <= most_bytes:
                try:
                    copy, picture = preview(video.media)
                except InputError as error:
                    source = f"media file {video.media.path}"
                    warn(f"{source}: the page contains no copy of it: {error}", stacklevel=2)
            if picture:
                _write_data(file, f"picture-{number}", picture)
            if not copy or len(copy) > room:
                left_out.append(video.video_id)
                continue
            room -= len(copy)
            _write_data(file, f"media-{number}", copy)
        file.write(bottom)
    return left_out


def _frame(data: dict) -> tuple[str, str]:
    """The page before and after the videos."""
    style, script = _asset("page.css"), "".join(map(_asset, _SCRIPTS))
    filled = {
        "title": html.escape(data["title"]),
        "style": style,
        "style-hash": _hash(style),
        "script-hash": _hash(script),
        # Escaped so that strings in the JSON cannot begin or end a tag.
        "data": json.dumps(data, allow_nan=False).replace("<", "\\u003c").replace(">", "\\u003e"),
        "script": script,
    }
    # In a single pass, so that placeholders within inserted text are not replaced.
    parts = _asset("page.html").split("@@videos@@")
    top, bottom = (_MARK.sub(lambda mark: filled[mark[1]], part) for part in parts)
    return top, bottom


def _write_data(file: IO, name: str, data: bytes) -> None:
    text = base64.b64encode(data).decode()
    file.write(f'<script type="text/plain" id="{name}">{text}</script>\n')


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text("utf-8")
