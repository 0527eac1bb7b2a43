"""Predictions as files in ActivityNet form.

``{"results": {video_id: [{"segment": [s, e], "label": name, "score": x}]}}``
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..structures import Event, Events
from .json_files import read_json, write_json


def write_predictions(
    path: str | Path, results: Mapping[str, Events], classes: Sequence[str]
) -> None:
    """Write predictions.

    Args:
        path (str | Path): The file.
        results (Mapping[str, Events]): Predictions of each video.
        classes (Sequence[str]): Class names by label.
    """
    content = {
        video_id: [
            {
                "segment": [event.start, event.end],
                "label": classes[event.label],
                "score": event.score,
            }
            for event in events
        ]
        for video_id, events in results.items()
    }
    write_json(path, {"version": "loco_mm", "results": content})


def read_predictions(
    path: str | Path, classes: Sequence[str], videos: set[str]
) -> dict[str, Events]:
    """Read predictions.

    Args:
        path (str | Path): The file.
        classes (Sequence[str]): Class names by label.
        videos (set[str]): Ids of all annotated videos, of any split.

    Returns:
        dict[str, Events]: Predictions of each video in the file, in its order.

    Raises:
        InputError: The file is missing or malformed, or names an unknown video or label.
    """
    results = read_json(path, "prediction file").get("results")
    if not isinstance(results, dict):
        raise InputError(f"prediction file {path}: an object 'results' is expected")
    label_of = {name: index for index, name in enumerate(classes)}
    found = {}
    for video_id, entries in results.items():
        if video_id not in videos:
            raise InputError(
                f"prediction file {path}: video {video_id!r} found, a video of the annotation "
                "file expected"
            )
        if not isinstance(entries, list):
            raise InputError(
                f"prediction file {path}: video {video_id!r}: {type(entries).__name__} found, a "
                "list expected"
            )
        rows = [_read_entry(path, video_id, entry, label_of) for entry in entries]
        found[video_id] = Events(
            np.array([(row.start, row.end) for row in rows], dtype=np.float64).reshape(-1, 2),
            np.array([row.label for row in rows], dtype=np.int64),
            np.array([row.score for row in rows], dtype=np.float64),
        )
    return found


def _read_entry(path, video_id: str, entry: dict, label_of: dict[str, int]) -> Event:
    try:
        start, end = (float(value) for value in entry["segment"])
        score = float(entry["score"])
        label = entry["label"] if "label" in entry else entry["label_id"]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"prediction file {path}: video {video_id!r}: {entry!r} found, 'segment' [start, end], "
            "'label' and 'score' expected"
        ) from error
    if not all(map(math.isfinite, (start, end, score))):
        raise InputError(
            f"prediction file {path}: video {video_id!r}: {entry!r} found, finite numbers expected"
        )
    known = label in label_of if isinstance(label, str) else label in range(len(label_of))
    if not known:
        raise InputError(
            f"prediction file {path}: video {video_id!r}: label {label!r} found, one of the "
            f"{len(label_of)} classes of the annotation file expected"
        )
    return Event(start, end, label_of[label] if isinstance(label, str) else label, score)
