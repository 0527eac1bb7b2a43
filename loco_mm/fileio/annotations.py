"""Reading annotation files in the UnAV-100 form.

``{"database": {video_id: {"duration": s, "subset": name, "annotations": [{"segment": [s, e],
"label": name, "label_id": k}]}}}``, and optionally ``"classes": [name, ...]`` in the order of the
labels, for a file in which not every class has an event.

Shape letters: N events of a video.
"""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from ..structures import Events
from .json_files import read_json

# Seconds by which rounding may carry an end beyond the duration; such an end is clipped.
ROUNDING = 0.1


class VideoAnnotation(NamedTuple):
    """One video.

    Attributes:
        duration (float): Seconds.
        subset (str): Split the video belongs to.
        events (Events): Segments (N, 2) float32 in seconds, labels (N,) int64.
    """

    duration: float
    subset: str
    events: Events


class Annotations(NamedTuple):
    """A file's content.

    Attributes:
        videos (dict[str, VideoAnnotation]): By video id.
        classes (tuple[str, ...]): Class names by label.
    """

    videos: dict[str, VideoAnnotation]
    classes: tuple[str, ...]


def read_annotations(
    path: str | Path, classes: Sequence[str] | None = None, strict: bool = False
) -> Annotations:
    """Read and check an annotation file.

    An event that ends before it starts, or lies outside its video, is dropped with one warning
    that counts all of them.

    Args:
        path (str | Path): The JSON file.
        classes (Sequence[str] | None): Class names by label; by default those of the file.
        strict (bool): Refuse a file with an event that would be dropped.

    Returns:
        Annotations: The videos and the class names.

    Raises:
        InputError: The file is missing or malformed, or holds an unknown label.
    """
    content = read_json(path, "annotation file")
    database = content.get("database")
    if not isinstance(database, dict) or not database:
        raise InputError(f"annotation file {path}: a non-empty object 'database' is expected")
    classes = tuple(classes or content.get("classes") or _classes_of(path, database))
    label_of = {name: index for index, name in enumerate(classes)}
    videos: dict[str, VideoAnnotation] = {}
    dropped: list[str] = []
    for video_id, entry in database.items():
        _check_id(path, video_id)
        try:
            videos[video_id] = _read_video(path, video_id, entry, label_of, dropped)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise InputError(
                f"{path}: video {video_id!r}: {type(error).__name__} {error}, expected 'duration', "
                "'subset' and 'annotations' with 'segment' and 'label'"
            ) from error
    if dropped:
        text = (
            f"{path}: {len(dropped)} events end before they start or lie outside their video, "
            f"the first are {', '.join(dropped[:5])}"
        )
        if strict:
            raise InputError(f"{text}; correct the file, or set strict=False to drop them")
        warnings.warn(f"{text}; dropped", stacklevel=2)
    return Annotations(videos, classes)


def _check_id(path: str | Path, video_id: str) -> None:
    """An id becomes part of a file name and must not lead elsewhere."""
    if not video_id or video_id in (".", "..") or any(c in video_id for c in "/\\\0"):
        raise InputError(
            f"{path}: video id {video_id!r} found, an id without path separators expected"
        )


def _classes_of(path: str | Path, database: dict) -> tuple[str, ...]:
    """Class names in the order of the file's ``label_id``."""
    names: dict[int, str] = {}
    for video_id, entry in database.items():
        for event in entry.get("annotations", ()) if isinstance(entry, dict) else ():
            label_id, name = event.get("label_id"), event.get("label")
            if not isinstance(label_id, int) or names.setdefault(label_id, name) != name:
                raise InputError(
                    f"{path}: video {video_id!r}: label {name!r} with label_id {label_id!r} found, "
                    f"{names.get(label_id, 'an integer')!r} expected"
                )
    if sorted(names) != list(range(len(names))) or len(set(names.values())) != len(names):
        raise InputError(
            f"{path}: label_id {sorted(names)[:5]}... found, 0 to {len(names) - 1} with a name "
            "each expected; or list all names as 'classes' in the file, or in metainfo.classes"
        )
    return tuple(names[label_id] for label_id in range(len(names)))


def _seconds(path: str | Path, video_id: str, name: str, value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{path}: video {video_id!r}: {name} {value!r} found, seconds expected")
    return float(value)


def _read_video(
    path: str | Path, video_id: str, entry: dict, label_of: dict, dropped: list[str]
) -> VideoAnnotation:
    duration = _seconds(path, video_id, "duration", entry["duration"])
    if duration <= 0:
        raise InputError(f"{path}: video {video_id!r}: duration {duration} found, more expected")
    segments, labels = [], []
    for event in entry["annotations"]:
        if len(event["segment"]) != 2:
            raise InputError(
                f"{path}: video {video_id!r}: segment {event['segment']} found, [start, end] "
                "expected"
            )
        start, end = (_seconds(path, video_id, "segment", value) for value in event["segment"])
        label = label_of.get(event["label"])
        if label is None or event.get("label_id", label) != label:
            raise InputError(
                f"{path}: video {video_id!r}: unknown label {event['label']!r} with label_id "
                f"{event.get('label_id')!r}, one of the {len(label_of)} classes expected"
                + (f" (label_id {label})" if label is not None else "")
                + "; change the file, or metainfo.classes of the dataset"
            )
        if end <= start or start < 0 or start >= duration or end > duration + ROUNDING:
            dropped.append(f"{video_id} [{start:g}, {end:g}] of {duration:g} s")
            continue
        segments.append((start, min(end, duration)))
        labels.append(label)
    events = Events(
        np.array(segments, dtype=np.float32).reshape(-1, 2), np.array(labels, dtype=np.int64)
    )
    return VideoAnnotation(duration, str(entry["subset"]), events)
