"""Events as subtitles: WebVTT and SubRip (SRT)."""

import html
import re
from pathlib import Path

from ..errors import InputError
from ..fileio.event_table import EventTable, NamedEvent, check_line, make_event
from .folders import read_folder, write_folder

# A cue ends with a blank line, which for WebVTT must be empty.
_BLANK = {"WebVTT": re.compile(r"\n\n+"), "SRT": re.compile(r"\n[ \t]*\n+")}
# Tags of voices and styles; an escaped "<" begins no tag, and an arrow ends none.
_TAG = re.compile(r"<[^<>\n]*>")
_NO_CUES = ("WEBVTT", "NOTE", "STYLE", "REGION")
# SRT has no escapes, so only style tags are removed, and a class may be called "<x>".
_STYLE = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>\n]*)?>|\{\\[^{}\n]*\}", re.I)


def read_vtt(path: str | Path) -> EventTable:
    """Read a WebVTT file, or a folder of ``{video_id}.vtt``; the text of a cue is a class name.

    Raises:
        InputError: A file cannot be read, or has another form.
    """
    return read_folder(path, ".vtt", "subtitles", _vtt_events)


def write_vtt(path: str | Path, table: EventTable) -> None:
    """Write a folder of ``{video_id}.vtt``. Scores are not written."""
    write_folder(path, ".vtt", table, _vtt_text)


def read_srt(path: str | Path) -> EventTable:
    """Read an SRT file, or a folder of ``{video_id}.srt``; the text of a cue is a class name.

    Raises:
        InputError: A file cannot be read, or has another form.
    """
    return read_folder(path, ".srt", "subtitles", _srt_events)


def write_srt(path: str | Path, table: EventTable) -> None:
    """Write a folder of ``{video_id}.srt``. Scores are not written."""
    write_folder(path, ".srt", table, _srt_text)


def _vtt_events(source: str, text: str) -> list[NamedEvent]:
    if not text.startswith("WEBVTT"):
        raise InputError(f"{source}: expected WEBVTT in its first line")
    # Cues may follow the first line without a blank line.
    rest = "\n".join(text.splitlines()).partition("\n")[2]
    if not rest.startswith("\n") and "-->" in rest.partition("\n\n")[0]:
        text = rest
    events = _events(source, _TAG.sub("", text), "WebVTT")
    return [event._replace(label=html.unescape(event.label)) for event in events]


def _srt_events(source: str, text: str) -> list[NamedEvent]:
    return _events(source, _STYLE.sub("", text), "SRT")


def _events(source: str, text: str, kind: str) -> list[NamedEvent]:
    events = []
    blocks = _BLANK[kind].split("\n".join(text.splitlines()).strip("\n"))
    for number, block in enumerate(filter(None, blocks), 1):
        if kind == "WebVTT" and block.startswith(_NO_CUES):
            continue
        lines = block.split("\n")
        where = f"{source}, block {number}"
        # A cue may have an identifier before its times.
        times = next((n for n, line in enumerate(lines[:2]) if "-->" in line), None)
        if times is None:
            raise InputError(
                f"{where}: expected times as 00:01.500 --> 00:04.000 in {kind}, got "
                f"{lines[0][:60]!r}"
            )
        start, _, rest = lines[times].partition("-->")
        end = (rest.split() or [""])[0]
        events.append(make_event(where, start.strip(), end, " ".join(lines[times + 1 :])))
    return events


def _vtt_text(where: str, events: list[NamedEvent]) -> str:
    cues = [
        f"\n{_clock(x.start, '.')} --> {_clock(x.end, '.')}\n"
        f"{html.escape(check_line(where, x.label), quote=False)}\n"
        for x in events
    ]
    return "WEBVTT\n" + "".join(cues)


def _srt_text(where: str, events: list[NamedEvent]) -> str:
    cues = [
        f"{number}\n{_clock(x.start, ',')} --> {_clock(x.end, ',')}\n{check_line(where, x.label)}\n"
        for number, x in enumerate(events, 1)
    ]
    return "\n".join(cues)


def _clock(time: float, point: str) -> str:
    """``hours:minutes:seconds``, rounded to milliseconds."""
    rest, milliseconds = divmod(round(1000 * time), 1000)
    minutes, seconds = divmod(rest, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{milliseconds:03}"
