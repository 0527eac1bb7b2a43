"""Creates annotation files in the UnAV-100 form from tables of events."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from ..schema import show
from ..text import counted
from .activitynet import annotation_content
from .annotations import ROUNDING, SUBSETS, subset_name
from .classes import class_names
from .event_table import EventTable, NamedEvent, VideoEvents
from .json_files import write_json


class Split(NamedTuple):
    """Assigns splits to videos that have none.

    The split of a video depends on its id and the seed, not on the order of the files.

    Attributes:
        shares: Fractions of train, validation and test; remainders go to the first.
        seed: Random seed.
    """

    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)
    seed: int = 0

    def subsets(self, video_ids: Sequence[str]) -> dict[str, str]:
        """Split of each video. With at least three videos, no split with a share is empty.

        Raises:
            InputError: A fraction is out of range, or their sum is not 1.
        """
        if len(self.shares) != 3 or min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise InputError(
                f"split: expected three fractions whose sum is 1, got {list(self.shares)}"
            )
        order = sorted(video_ids, key=self._place)
        counts = [
            max(round(share * len(order)), int(share > 0 and len(order) >= 3))
            for share in self.shares[1:]
        ]
        rest = len(order) - sum(counts)
        names = [SUBSETS[0]] * rest + [SUBSETS[1]] * counts[0] + [SUBSETS[2]] * counts[1]
        return dict(zip(order, names, strict=False))

    def _place(self, video_id: str) -> bytes:
        return hashlib.sha256(f"{self.seed}/{video_id}".encode()).digest()


class AnnotationFile(NamedTuple):
    """A new annotation file.

    Attributes:
        content: Content of the file, in the UnAV-100 form.
        remarks: Warnings about the content.
    """

    content: dict[str, Any]
    remarks: list[str]

    @property
    def classes(self) -> list[str]:
        """Class names by label."""
        return self.content["classes"]

    def num_videos(self) -> Counter:
        """Number of videos of each split."""
        return Counter(video["subset"] for video in self.content["database"].values())

    def write(self, path: str | Path) -> None:
        """Write the file."""
        write_json(path, self.content)


def as_annotation_file(
    table: EventTable,
    durations: Mapping[str, float],
    source: str,
    split: Split | None = None,
    classes: Sequence[str] | None = None,
    clip: bool = False,
) -> AnnotationFile:
    """Create an annotation file from a table of events.

    Args:
        table: The events.
        durations: Durations of videos in seconds, by id, as read from media or feature files. They
            take precedence over those of the table.
        source: Source of the events, for messages.
        split: Assigns splits if the table has none.
        classes: Class names by label; by default those of the table.
        clip: Whether to clip events to their video, and drop those that lie outside. By default
            such events are refused.

    Returns:
        AnnotationFile: Content of the file in the UnAV-100 form.

    Raises:
        InputError: There are no events; a duration is unknown; an event is empty, lies outside its
            video, or has an unknown class; or only some of the videos have a split.
    """
    if not any(True for _ in table):
        raise InputError(f"{source}: expected events, got none")
    _check_durations(table, durations, source)
    names = class_names(table.class_names() if classes is None else classes, source, ("label",))
    if unknown := sorted({event.label for _, event in table} - set(names)):
        raise InputError(
            f"{source}: expected one of the {len(names)} classes, got labels "
            f"{', '.join(map(show, unknown[:5]))}"
        )
    subsets = _subsets(table, source, split or Split())
    faults: list[str] = []
    made = EventTable(classes=names)
    for video_id, video in table.videos.items():
        duration = durations.get(video_id, video.duration) or 0.0
        events = _inside(video_id, video.events, duration, faults)
        made.videos[video_id] = VideoEvents(events, None, duration, subsets[video_id])
    remarks = []
    if faults:
        text = (
            f"{counted(len(faults), 'event')} without length or outside the video, the first: "
            f"{'; '.join(faults[:5])}"
        )
        if not clip:
            fix = "correct them, or clip them (--clip, or strict=False of a dataset)"
            raise InputError(f"{source}: {text}: {fix}")
        remarks.append(f"{text}: clipped or dropped")
    return AnnotationFile(annotation_content(made), remarks + _remarks(table, durations, made))


def _inside(
    video_id: str, events: Sequence[NamedEvent], duration: float, faults: list[str]
) -> list[NamedEvent]:
    """Clip events to their video; descriptions of invalid ones are appended to ``faults``."""
    kept = []
    for event in events:
        end = min(event.end, duration)
        if event.start >= end or event.end > duration + ROUNDING:
            faults.append(f"{video_id} [{event.start:g}, {event.end:g}] of {duration:g} s")
        if event.start < end:
            kept.append(event._replace(end=end))
    return kept


def _check_durations(table: EventTable, durations: Mapping[str, float], source: str) -> None:
    unknown = [
        video_id
        for video_id, video in table.videos.items()
        if not (durations.get(video_id) or video.duration)
    ]
    if unknown:
        raise InputError(
            f"{source}: the duration of {len(unknown)} of {len(table.videos)} videos is not known, "
            f"the first: {', '.join(unknown[:5])}: give media files of their names, or a column "
            "'duration'"
        )


def _subsets(table: EventTable, source: str, split: Split) -> dict[str, str]:
    known = {v: video.subset for v, video in table.videos.items() if video.subset}
    if not known:
        return split.subsets(list(table.videos))
    if missing := [video_id for video_id in table.videos if video_id not in known]:
        raise InputError(
            f"{source}: {len(missing)} of {len(table.videos)} videos have no subset, the first: "
            f"{', '.join(missing[:5])}: give one for all videos, or for none"
        )
    return {
        video_id: "validation" if subset.lower() == "dev" else subset_name(subset)
        for video_id, subset in known.items()
    }


def _remarks(table: EventTable, durations: Mapping[str, float], made: EventTable) -> list[str]:
    """Warnings about a table and the file made from it."""
    remarks, names = [], made.class_names()
    other = [
        f"{video_id} ({video.duration:g} and {durations[video_id]:g} s)"
        for video_id, video in table.videos.items()
        if video_id in durations and _differ(video, durations[video_id])
    ]
    if other:
        remarks.append(
            f"{counted(len(other), 'video')} with another duration than in the table, the first: "
            f"{', '.join(other[:5])}: the durations of the files are used"
        )
    alike = Counter(name.casefold().strip() for name in names)
    if twins := [name for name in names if alike[name.casefold().strip()] > 1]:
        remarks.append(f"classes differ in capital letters only: {', '.join(twins[:6])}")
    trained = {
        event.label for video_id, event in made if made.videos[video_id].subset == SUBSETS[0]
    }
    if missing := [name for name in names if name not in trained]:
        is_drawn = not any(video.subset for video in table.videos.values())
        remarks.append(
            f"{len(missing)} of {len(names)} classes have no event in {SUBSETS[0]}: "
            f"{', '.join(missing[:6])}" + (": another seed gives another split" if is_drawn else "")
        )
    return remarks


def _differ(video: VideoEvents, duration: float) -> bool:
    return video.duration is not None and abs(video.duration - duration) > max(1, 0.02 * duration)
