"""Reads annotation files in the UnAV-100 form.

``{"database": {video_id: {"duration": s, "subset": name, "annotations": [{"segment": [s, e],
"label": name, "label_id": k}]}}}``, and optionally ``"classes": [name, ...]`` in the order of the
labels, for files in which some classes have no events.

Shape letters: N events of a video.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field, TypeAdapter

from ..errors import InputError
from ..schema import Name, Schema, Seconds, Segment, conform, show, show_place
from ..structures import Events
from ..text import counted, file_name, warn
from .classes import class_names
from .json_files import read_json

SUBSETS = ("train", "validation", "test")
# Other names of the splits.
_OTHER_SUBSETS = dict(training="train", val="validation", valid="validation", testing="test")
# Rounding may make an event end later than its video by this many seconds; it is then clipped.
ROUNDING = 0.1


def subset_name(name: str) -> str:
    """Standard name of a split, for its common spellings; other names are returned unchanged."""
    lower = name.strip().lower()
    return _OTHER_SUBSETS.get(lower, lower if lower in SUBSETS else name)


class VideoAnnotation(NamedTuple):
    """Annotation of a video.

    Attributes:
        duration: Duration in seconds.
        subset: Standard name of the video's split.
        events: Segments (N, 2) float32 in seconds, labels (N,) int64.
    """

    duration: float
    subset: str
    events: Events


class Annotations(NamedTuple):
    """Content of an annotation file.

    Attributes:
        videos: Annotations by video id.
        classes: Class names by label.
    """

    videos: dict[str, VideoAnnotation]
    classes: tuple[str, ...]

    def of_subset(self, name: str) -> dict[str, VideoAnnotation]:
        """Videos of a split, which may be given by any of its names."""
        wanted = subset_name(name)
        return {key: video for key, video in self.videos.items() if video.subset == wanted}


class _Event(Schema):
    segment: Segment
    label: Name
    label_id: int | None = None


class _Video(Schema):
    duration: Annotated[Seconds, Field(gt=0)]
    subset: Annotated[Name, AfterValidator(subset_name)]
    annotations: list[_Event]


class _File(Schema):
    database: Annotated[dict[str, _Video], Field(min_length=1)]
    classes: list[Any] = []


_FILE = TypeAdapter(_File)
_VIDEO = TypeAdapter(_Video)


def event_entry(start: float, end: float, label: str, label_id: int) -> dict[str, Any]:
    """Entry of an event in an annotation file; ``start`` and ``end`` in seconds."""
    return dict(segment=[start, end], label=label, label_id=label_id)


def read_annotations(
    path: str | Path, classes: Sequence[str] | None = None, strict: bool = False
) -> Annotations:
    """Read and check an annotation file.

    Events that end before they start, or lie outside their video, are dropped with one warning. If
    most events are invalid, the unit is not seconds, and the file is refused.

    Args:
        path: The JSON file.
        classes: Class names by label; by default those of the file.
        strict: Whether to refuse a file with invalid events instead of dropping them.

    Returns:
        Annotations: The videos and the class names.

    Raises:
        InputError: The file is missing or malformed, contains an unknown label, or is not in
            seconds.
    """
    content = read_json(path, "annotation file")
    return annotations_of(content, f"annotation file {path}", classes, strict)


def annotations_of(
    content: Any, source: str, classes: Sequence[str] | None = None, strict: bool = False
) -> Annotations:
    """Annotations from a file's content, see :func:`read_annotations`.

    Args:
        content: The content.
        source: Source of the content, for messages.
        classes: Class names by label; by default those of the content.
        strict: Whether to refuse invalid events instead of dropping them.
    """
    file = conform(_FILE, content, source)
    if classes is not None:
        names = class_names(classes, "classes")
    elif "classes" in file.model_fields_set:
        names = class_names(file.classes, source, ("classes",))
    else:
        names = class_names(_classes_of(source, file.database), source, ("label",))
    label_of = {name: index for index, name in enumerate(names)}
    videos: dict[str, VideoAnnotation] = {}
    dropped: list[str] = []
    for video_id, video in file.database.items():
        file_name(source, video_id)
        events = _events(source, video_id, video, label_of, dropped)
        videos[video_id] = VideoAnnotation(video.duration, video.subset, events)
    if dropped:
        text = (
            f"{source}: {counted(len(dropped), 'event')} that end before they start or lie outside "
            f"the video, the first: {', '.join(dropped[:5])}"
        )
        if strict:
            raise InputError(f"{text}; correct the file, or set strict=False to drop them")
        total = sum(len(video.annotations) for video in file.database.values())
        if 2 * len(dropped) > total:
            raise InputError(f"{text}: expected seconds, got frames or grid steps")
        warn(f"{text}; dropped", stacklevel=2)
    return Annotations(videos, names)


class AnnotationSurvey(NamedTuple):
    """Result of :func:`survey_annotations`.

    Attributes:
        annotations: The valid part of the file.
        faults: Invalid videos, and the problem of each.
        dropped: Events that end before they start, or lie outside their video.
    """

    annotations: Annotations
    faults: list[str]
    dropped: list[str]


def survey_annotations(path: str | Path, classes: Sequence[str] | None = None) -> AnnotationSurvey:
    """Read the valid part of an annotation file, and list all its problems.

    Args:
        path: The JSON file.
        classes: Class names by label; by default those of the file.

    Raises:
        InputError: The file cannot be read at all, or its class names are ambiguous.
    """
    source = f"annotation file {path}"
    content = read_json(path, "annotation file")
    entries = content.get("database")
    if not isinstance(entries, dict) or not entries:
        raise InputError(f"{source}: database: expected an object of videos, got {show(entries)}")
    database: dict[str, _Video] = {}
    faults: list[str] = []
    for video_id, entry in entries.items():
        try:
            file_name(source, video_id)
            database[video_id] = conform(_VIDEO, entry, source, ("database", video_id))
        except InputError as error:
            faults.append(str(error))
    given = content.get("classes") if classes is None else classes
    names = class_names(_likely_classes(source, database) if given is None else given, source)
    label_of = {name: index for index, name in enumerate(names)}
    videos: dict[str, VideoAnnotation] = {}
    dropped: list[str] = []
    for video_id, video in database.items():
        try:
            events = _events(source, video_id, video, label_of, dropped)
        except InputError as error:
            faults.append(str(error))
        else:
            videos[video_id] = VideoAnnotation(video.duration, video.subset, events)
    return AnnotationSurvey(Annotations(videos, names), faults, dropped)


def _classes_of(source: str, database: dict[str, _Video]) -> list[str]:
    """Class names in the order of the file's ``label_id``, or sorted if it has none."""
    names: dict[int, str] = {}
    events = [event for video in database.values() for event in video.annotations]
    if events and all(event.label_id is None for event in events):
        return sorted({event.label for event in events})
    for video_id, video in database.items():
        for index, event in enumerate(video.annotations):
            number, name = event.label_id, event.label
            known = None if number is None else names.setdefault(number, name)
            if known != name:
                place = show_place(("database", video_id, "annotations", index))
                expected = "an integer label_id" if known is None else f"label {show(known)}"
                raise InputError(
                    f"{source}: {place}: expected {expected}, got label {show(name)} with "
                    f"label_id {show(number)}"
                )
    if sorted(names) != list(range(len(names))) or not names:
        raise InputError(
            f"{source}: expected label_id 0 to {len(names) - 1}, one name for each, got "
            f"{show(sorted(names))}; or list all names as 'classes' in the file, or in "
            "metainfo.classes"
        )
    return [names[label_id] for label_id in range(len(names))]


def _likely_classes(source: str, database: dict[str, _Video]) -> list[str]:
    """Class names in the order of ``label_id``, even if a few events contradict it."""
    try:
        return _classes_of(source, database)
    except InputError:
        names: dict[int | None, Counter] = defaultdict(Counter)
        for video in database.values():
            for event in video.annotations:
                names[event.label_id][event.label] += 1
        found = [names[label].most_common(1)[0][0] for label in range(len(names)) if label in names]
        if not found or len(set(found)) < len(names):
            raise
        return found


def _events(
    source: str, video_id: str, video: _Video, label_of: dict[str, int], dropped: list[str]
) -> Events:
    segments, labels = [], []
    for index, event in enumerate(video.annotations):
        start, end = event.segment
        label = label_of.get(event.label)
        if label is None or event.label_id not in (label, None):
            place = show_place(("database", video_id, "annotations", index))
            raise InputError(
                f"{source}: {place}: expected one of the {len(label_of)} classes"
                + (f" (label_id {label})" if label is not None else "")
                + f", got label {show(event.label)} with label_id {show(event.label_id)}"
                + "; change the file, or metainfo.classes of the dataset"
            )
        if end <= start or start < 0 or start >= video.duration or end > video.duration + ROUNDING:
            dropped.append(f"{video_id} [{start:g}, {end:g}] of {video.duration:g} s")
            continue
        segments.append((start, min(end, video.duration)))
        labels.append(label)
    return Events(
        np.array(segments, dtype=np.float32).reshape(-1, 2), np.array(labels, dtype=np.int64)
    )
