"""Temporal detections of FiftyOne: the labels of a ``FiftyOneTemporalDetectionDataset``."""

from pathlib import Path

from pydantic import TypeAdapter

from ..errors import InputError
from ..fileio import read_json, write_json
from ..fileio.event_table import EventTable, NamedEvent, VideoEvents, make_event
from ..schema import Name, Schema, Segment, conform, show, show_place
from ..text import file_name

_WHAT = "FiftyOne file"


class _Detection(Schema):
    label: int | Name
    timestamps: Segment | None = None
    confidence: float | None = None


class _File(Schema):
    classes: list[Name] | None = None
    labels: dict[Name, list[_Detection] | None]


_FILE = TypeAdapter(_File)


def read_fiftyone(path: str | Path) -> EventTable:
    """Read the labels file of such a dataset, exported with ``use_timestamps=True``.

    Raises:
        InputError: The file cannot be read, has another form, or contains frame numbers.
    """
    source = f"{_WHAT} {path}"
    file = conform(_FILE, read_json(path, _WHAT), source)
    classes = file.classes or []
    table = EventTable(classes=tuple(classes) or None)
    for video_id, detections in file.labels.items():
        file_name(source, video_id)
        events = []
        for number, detection in enumerate(detections or []):
            where = f"{source}: {show_place(('labels', video_id, number))}"
            events.append(_event(where, detection, classes))
        table.videos[video_id] = VideoEvents(events)
    return table


def write_fiftyone(path: str | Path, table: EventTable) -> None:
    """Write the labels file, which FiftyOne imports with the videos. FiftyOne is not required."""
    classes = table.class_names()
    label_of = {name: label for label, name in enumerate(classes)}
    labels = {
        video_id: [
            {
                "label": label_of[x.label],
                "timestamps": [x.start, x.end],
                **({} if x.score is None else {"confidence": x.score}),
            }
            for x in video.events
        ]
        for video_id, video in table.videos.items()
    }
    write_json(path, {"classes": list(classes), "labels": labels})


def _event(where: str, detection: _Detection, classes: list[str]) -> NamedEvent:
    label = detection.label
    if isinstance(label, int):
        if not 0 <= label < len(classes):
            raise InputError(
                f"{where}: expected one of the {len(classes)} classes, got label {show(label)}"
            )
        label = classes[label]
    if detection.timestamps is None:
        raise InputError(
            f"{where}: expected timestamps, got frames alone: export with use_timestamps=True"
        )
    start, end = detection.timestamps
    return make_event(where, start, end, label, detection.confidence)
