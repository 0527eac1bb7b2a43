"""What all formats of events have in common."""

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

# Minutes and seconds below 60, but minutes without hours may be more.
_CLOCK = re.compile(r"(?:(\d+):(?=[0-5]?\d:))?(\d{1,3}):([0-5]?\d(?:[.,]\d+)?)", re.ASCII)
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)
# Far beyond any video.
_LATEST = 1e9


class NamedEvent(NamedTuple):
    """One event.

    Attributes:
        start: Seconds.
        end: Seconds.
        label: Name of its class.
        score: Score of a prediction; None for what somebody has annotated.
    """

    start: float
    end: float
    label: str
    score: float | None = None


@dataclass
class VideoEvents:
    """A video.

    Attributes:
        events: Its events.
        file: Its media file, a name or an address.
        duration: Seconds.
        subset: Split that it belongs to.
    """

    events: list[NamedEvent] = field(default_factory=list)
    file: str | None = None
    duration: float | None = None
    subset: str | None = None


@dataclass
class EventTable:
    """Events of videos, with the names of their classes.

    Attributes:
        videos: By video id.
        classes: Class names by label, where something tells their order.
    """

    videos: dict[str, VideoEvents] = field(default_factory=dict)
    classes: tuple[str, ...] | None = None

    @classmethod
    def of_events(cls, found: Mapping[str, Events], classes: Sequence[str]) -> "EventTable":
        """Of the events of each video, whose labels count the classes."""
        videos = {
            video_id: VideoEvents(
                [
                    # Float32 seconds as they were written.
                    NamedEvent(round(x.start, 6), round(x.end, 6), classes[x.label], x.score)
                    for x in events
                ]
            )
            for video_id, events in found.items()
        }
        return cls(videos, tuple(classes))

    @classmethod
    def of_annotations(cls, annotations: Annotations) -> "EventTable":
        """Of an annotation file's content."""
        events = {video_id: video.events for video_id, video in annotations.videos.items()}
        table = cls.of_events(events, annotations.classes)
        for video_id, video in annotations.videos.items():
            table.videos[video_id].duration = video.duration
            table.videos[video_id].subset = video.subset
        return table

    @property
    def is_scored(self) -> bool:
        """Whether these are predictions."""
        return any(event.score is not None for _, event in self)

    def class_names(self) -> tuple[str, ...]:
        """All names: in their order where it is known, or else in that of the alphabet."""
        found = {event.label for _, event in self}
        known = self.classes or ()
        return (*known, *sorted(found - set(known)))

    def above(self, score: float) -> "EventTable":
        """The same without what scores less; what has no score stays."""
        videos = {
            video_id: replace(
                video, events=[x for x in video.events if x.score is None or x.score >= score]
            )
            for video_id, video in self.videos.items()
        }
        return EventTable(videos, self.classes)

    def video(self, where: str, file: str) -> tuple[str, VideoEvents]:
        """Id and entry of the video of a media file, made where there is none.

        Raises:
            InputError: Its name is none that a video can have, or another's of another file.
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
    """Name of a video's media file, ``{video_id}.mp4`` where it is not known."""
    return video.file or f"{video_id}.mp4"


def make_event(where: str, start: Any, end: Any, label: Any, score: Any = None) -> NamedEvent:
    """An event of what a file says.

    Args:
        where: File and place in it, for the message.
        start, end (str | float): Seconds, see :func:`seconds`.
        label (str): Name of the class.
        score (str | float | None): Score; an empty text is none.

    Raises:
        InputError: They are no seconds, no name or no number, or the end is before the start.
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
    """Seconds of a number, of its text, or of ``[hours:]minutes:seconds``.

    Raises:
        InputError: It is none of them, or negative.
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
    """A number's text with a point, where it has the comma of other languages."""
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def number(where: str, what: str, value: Any, expected: str) -> float:
    """A finite number, of itself or of its text.

    Raises:
        InputError: It is none.
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{where}: expected {expected}, got {what} {show(value)}")
    return found


def check_line(where: str, label: str) -> str:
    """A label that stands in one line of a text.

    Raises:
        InputError: It has several lines, or a tab.
    """
    if len(label.splitlines()) != 1 or "\t" in label:
        raise InputError(
            f"{where}: expected a label of one line without tabs, as this format holds no other, "
            f"got {show(label)}"
        )
    return label
