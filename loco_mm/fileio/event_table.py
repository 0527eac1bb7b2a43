"""Tables of events, the common representation of all event formats."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..errors import InputError
from ..schema import show
from ..structures import Events
from ..text import file_name
from .annotations import Annotations
from .media_names import id_of_file

# Minutes and seconds must be below 60, except minutes without hours.
_CLOCK = re.compile(r"(?:(\d+):(?=[0-5]?\d:))?(\d{1,3}):([0-5]?\d(?:[.,]\d+)?)", re.ASCII)
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)
# Far longer than any video.
_LATEST = 1e9


class NamedEvent(NamedTuple):
    """An event with the name of its class.

    Attributes:
        start: Start in seconds.
        end: End in seconds.
        label: Name of the class.
        score: Score of a prediction; None for annotations.
    """

    start: float
    end: float
    label: str
    score: float | None = None


@dataclass
class VideoEvents:
    """Events of a video.

    Attributes:
        events: The events.
        file: Name or URL of the media file.
        duration: Duration in seconds.
        subset: Split of the video.
    """

    events: list[NamedEvent] = field(default_factory=list)
    file: str | None = None
    duration: float | None = None
    subset: str | None = None


@dataclass
class EventTable:
    """Events of several videos.

    Attributes:
        videos: Events by video id.
        classes: Class names by label, if their order is known.
    """

    videos: dict[str, VideoEvents] = field(default_factory=dict)
    classes: tuple[str, ...] | None = None

    @classmethod
    def of_events(cls, found: Mapping[str, Events], classes: Sequence[str]) -> "EventTable":
        """From the events of each video and the names of their labels."""
        videos = {
            video_id: VideoEvents(
                [
                    # Float32 seconds with as few digits as identify them.
                    NamedEvent(round(x.start, 6), round(x.end, 6), classes[x.label], x.score)
                    for x in events
                ]
            )
            for video_id, events in found.items()
        }
        return cls(videos, tuple(classes))

    @classmethod
    def of_annotations(cls, annotations: Annotations) -> "EventTable":
        """From the content of an annotation file."""
        events = {video_id: video.events for video_id, video in annotations.videos.items()}
        table = cls.of_events(events, annotations.classes)
        for video_id, video in annotations.videos.items():
            table.videos[video_id].duration = video.duration
            table.videos[video_id].subset = video.subset
        return table

    @property
    def is_scored(self) -> bool:
        """Whether the events are predictions."""
        return any(event.score is not None for _, event in self)

    def class_names(self) -> tuple[str, ...]:
        """All class names, in their order if known, otherwise sorted."""
        found = {event.label for _, event in self}
        known = self.classes or ()
        return (*known, *sorted(found - set(known)))

    def above(self, score: float) -> "EventTable":
        """The same table without events of a lower score; annotations are kept."""
        videos = {
            video_id: replace(
                video, events=[x for x in video.events if x.score is None or x.score >= score]
            )
            for video_id, video in self.videos.items()
        }
        return EventTable(videos, self.classes)

    def video(self, where: str, file: str) -> tuple[str, VideoEvents]:
        """Id and entry of the video of a media file, which is added if needed.

        Raises:
            InputError: The file name is not a valid id, or another file has the same id.
        """
        video_id = id_of_file(file)
        file_name(where, video_id)
        video = self.videos.setdefault(video_id, VideoEvents(file=file))
        if video.file not in (None, file):
            raise InputError(
                f"{where}: expected one media file with the id {show(video_id)}, got "
                f"{show(video.file)} and {show(file)}: rename one"
            )
        video.file = file
        return video_id, video

    def __iter__(self) -> Iterator[tuple[str, NamedEvent]]:
        for video_id, video in self.videos.items():
            for event in video.events:
                yield video_id, event


def file_of(video_id: str, video: VideoEvents) -> str:
    """Name of a video's media file, by default ``{video_id}.mp4``."""
    return video.file or f"{video_id}.mp4"


def make_event(where: str, start: Any, end: Any, label: Any, score: Any = None) -> NamedEvent:
    """Create an event from values in a file.

    Args:
        where: File and location in it, for the message.
        start, end (str | float): Times, see :func:`seconds`.
        label (str): Name of the class.
        score (str | float | None): Score; an empty string means None.

    Raises:
        InputError: A time, the name or the score is invalid, or the end is before the start.
    """
    event = NamedEvent(
        seconds(where, "start", start),
        seconds(where, "end", end),
        label.strip() if isinstance(label, str) else "",
        None if score in (None, "") else number(where, "score", score, "a number"),
    )
    if not event.label:
        raise InputError(f"{where}: expected a name, got label {show(label)}")
    if event.end < event.start:
        raise InputError(
            f"{where}: expected an end after the start, got start {event.start:g} and end "
            f"{event.end:g}"
        )
    return event


def seconds(where: str, what: str, value: Any) -> float:
    """Convert a number, as a number or a string, or ``[hours:]minutes:seconds`` to seconds.

    Raises:
        InputError: The value has another form, or is negative.
    """
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        hours, minutes, rest = match.groups()
        return 3600 * int(hours or 0) + 60 * int(minutes) + float(rest.replace(",", "."))
    found = number(where, what, value, "seconds")
    if not 0 <= found <= _LATEST:
        raise InputError(f"{where}: expected seconds >= 0, got {what} {show(value)}")
    return found


def with_point(text: str) -> str:
    """A number's text with a decimal point in place of a decimal comma."""
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def number(where: str, what: str, value: Any, expected: str) -> float:
    """Convert a finite number or its text to a float.

    Raises:
        InputError: The value is not a finite number.
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{where}: expected {expected}, got {what} {show(value)}")
    return found


def check_line(where: str, label: str) -> str:
    """Check that a label fits on one line.

    Raises:
        InputError: The label contains line breaks or tabs.
    """
    if len(label.splitlines()) != 1 or "\t" in label:
        raise InputError(
            f"{where}: expected a label of one line without tabs, as this format holds no other, "
            f"got {show(label)}"
        )
    return label
