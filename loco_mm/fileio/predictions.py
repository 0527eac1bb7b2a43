"""Reads and writes predictions in ActivityNet form.

``{"results": {video_id: [{"segment": [s, e], "label": name, "score": x}]}}``

Shape letters: M predictions of a video.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import numpy as np
from pydantic import FailFast, Field, TypeAdapter

from ..errors import InputError
from ..schema import Schema, Segment, conform, show, show_place
from ..structures import Events
from ..text import warn
from .annotations import ROUNDING, Annotations
from .json_files import read_json, without_collection, write_json


class _Prediction(Schema):
    segment: Segment
    score: Annotated[float, Field(allow_inf_nan=False)]
    label: str | None = None
    label_id: int | None = None


class _File(Schema):
    results: dict[str, Any]


# A badly localized prediction may end this many times later than its video.
FAR = 1.5

_FILE = TypeAdapter(_File)
# Only the first of possibly a million problems is reported.
_PREDICTIONS = TypeAdapter(Annotated[list[_Prediction], FailFast()])


def prediction_results(
    results: Mapping[str, Events], classes: Sequence[str] | None
) -> dict[str, Any]:
    """Convert predictions to ActivityNet form.

    Args:
        results: Predictions of each video.
        classes: Class names by label; if None, events have a ``label_id`` instead.
    """
    content = {
        video_id: [
            {
                "segment": [event.start, event.end],
                **(dict(label=classes[event.label]) if classes else dict(label_id=event.label)),
                "score": event.score,
            }
            for event in events
        ]
        for video_id, events in results.items()
    }
    return {"version": "loco_mm", "results": content}


def write_predictions(
    path: str | Path, results: Mapping[str, Events], classes: Sequence[str] | None
) -> None:
    """Write :func:`prediction_results` to a file.

    Args:
        path: The file.
        results, classes: See :func:`prediction_results`.
    """
    write_json(path, prediction_results(results, classes))


def read_predictions(path: str | Path, annotations: Annotations) -> dict[str, Events]:
    """Read predictions.

    Predictions that end after their video are kept, with one warning. If most of them end much
    later, the unit is not seconds, and the file is refused.

    Args:
        path: The file.
        annotations: Annotations of all videos, of any split, and the class names.

    Returns:
        dict[str, Events]: Predictions of each video, in the order of the file.

    Raises:
        InputError: The file is missing or malformed, contains an unknown video or label, or a
            prediction that ends before it starts, or is not in seconds.
    """
    source = f"prediction file {path}"
    with without_collection():
        found = _read(path, source, annotations)
    _check_unit(source, found, annotations)
    return found


def _read(path: str | Path, source: str, annotations: Annotations) -> dict[str, Events]:
    results = conform(_FILE, read_json(path, "prediction file"), source).results
    label_of = {name: index for index, name in enumerate(annotations.classes)}
    found = {}
    for video_id, entries in results.items():
        if video_id not in annotations.videos:
            raise InputError(
                f"{source}: expected a video of the annotation file, got video {show(video_id)}"
            )
        place = ("results", video_id)
        rows = conform(_PREDICTIONS, entries, source, place)
        found[video_id] = _events(rows, label_of, source, place)
    return found


def _events(rows: list[_Prediction], label_of: dict[str, int], source: str, place: tuple) -> Events:
    """Convert predictions to arrays."""

    def refuse(index: int, found: str, expected: str) -> NoReturn:
        where = show_place((*place, index))
        raise InputError(f"{source}: {where}: expected {expected}, got {found}")

    labels = [row.label_id if row.label is None else label_of.get(row.label) for row in rows]
    for index, label in enumerate(labels):
        if label is None or not 0 <= label < len(label_of):
            row = rows[index]
            name = show(row.label_id if row.label is None else row.label)
            refuse(
                index, f"label {name}", f"one of the {len(label_of)} classes of the annotation file"
            )
    segments = np.array([row.segment for row in rows], dtype=np.float64).reshape(-1, 2)
    is_reversed = segments[:, 1] < segments[:, 0]
    if is_reversed.any():
        index = int(is_reversed.argmax())
        refuse(index, f"segment {segments[index].tolist()}", "an end after the start")
    return Events(
        segments,
        np.array(labels, dtype=np.int64),
        np.array([row.score for row in rows], dtype=np.float64),
    )


def _check_unit(source: str, found: dict[str, Events], annotations: Annotations) -> None:
    """Warn of predictions that end after their videos; refuse if the unit cannot be seconds."""
    total, beyond, far, examples = 0, 0, 0, []
    for video_id, events in found.items():
        duration, ends = annotations.videos[video_id].duration, events.segments[:, 1]
        total += len(ends)
        outside = (ends > duration + ROUNDING) | (events.segments[:, 0] < -ROUNDING)
        beyond += int(outside.sum())
        # Half of it lies outside the video: not badly localized, but in frames or grid steps.
        far += int((ends > FAR * duration + 1).sum())
        if outside.any():
            start, end = events.segments[outside.argmax()]
            examples.append(f"{video_id} [{start:g}, {end:g}] of {duration:g} s")
    if not beyond:
        return
    text = (
        f"{source}: {beyond} of {total} predictions lie partly outside their video, the first "
        f"are {', '.join(examples[:5])}"
    )
    if 2 * far > total:
        raise InputError(f"{text}: expected seconds, got frames or grid steps")
    warn(f"{text}; kept as they are", stacklevel=3)
