"""JSON files in ActivityNet's form: a database of annotations, or results."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, Field, TypeAdapter

from ..errors import InputError
from ..schema import Name, Schema, Seconds, Segment, conform, show_place
from ..text import file_name
from .annotations import event_entry
from .event_table import EventTable, VideoEvents, make_event
from .json_files import read_json, write_json

_WHAT = "ActivityNet file"


class _Event(Schema):
    segment: Segment
    label: Name
    label_id: int | None = None
    score: float | None = None


class _Video(Schema):
    # MMAction2 uses the other name.
    duration: Annotated[
        Seconds | None, Field(validation_alias=AliasChoices("duration", "duration_second"))
    ] = None
    subset: Name | None = None
    annotations: list[_Event] = []


class _File(Schema):
    database: dict[Name, _Video] | None = None
    results: dict[Name, list[_Event]] | None = None
    classes: list[Name] | None = None


_FILE = TypeAdapter(_File)


def read_activitynet(path: str | Path) -> EventTable:
    """Read annotations (``database``) or predictions (``results``).

    MMAction2's annotations and other files without the key ``database`` are supported, too.
    Durations and splits are read if present. The order of the classes is that of ``classes`` or of
    ``label_id``.

    Raises:
        InputError: The file cannot be read, or is not in this form.
    """
    source = f"{_WHAT} {path}"
    content = read_json(path, _WHAT)
    if is_bare_database(content):
        content = {"database": content}
    file = conform(_FILE, content, source)
    if (file.database is None) == (file.results is None):
        raise InputError(f"{source}: 'database' or 'results' expected, one of them")
    table, place = EventTable(classes=tuple(file.classes) if file.classes else None), "database"
    videos = file.database
    if videos is None:
        place = "results"
        videos = {v: _Video(annotations=events) for v, events in (file.results or {}).items()}
    numbers: dict[int, str] = {}
    for video_id, video in videos.items():
        file_name(source, video_id)
        events = []
        for number, event in enumerate(video.annotations):
            where = f"{source}: {show_place((place, video_id, number))}"
            start, end = event.segment
            events.append(make_event(where, start, end, event.label, event.score))
            if event.label_id is not None:
                numbers.setdefault(event.label_id, event.label)
        table.videos[video_id] = VideoEvents(events, None, video.duration, video.subset)
    if table.classes is None and _number_all(numbers, table):
        table.classes = tuple(numbers[label] for label in sorted(numbers))
    return table


def is_bare_database(content: Any) -> bool:
    """Whether a JSON file's content is a database of annotations without the key ``database``."""
    videos = list(content.values()) if isinstance(content, dict) else []
    return bool(videos) and all(isinstance(x, dict) and "annotations" in x for x in videos)


def write_activitynet(path: str | Path, table: EventTable) -> None:
    """Write predictions as ``results``, annotations as a ``database`` in the UnAV-100 form."""
    if table.is_scored:
        results = {
            video_id: [
                dict(segment=[x.start, x.end], label=x.label, score=x.score) for x in video.events
            ]
            for video_id, video in table.videos.items()
        }
        write_json(path, {"version": "loco_mm", "results": results})
        return
    write_json(path, {"version": "loco_mm", **annotation_content(table)})


def annotation_content(table: EventTable) -> dict[str, Any]:
    """Content of an annotation file in the UnAV-100 form."""
    classes = table.class_names()
    label_of = {name: label for label, name in enumerate(classes)}
    database = {
        video_id: {
            **({} if video.duration is None else dict(duration=video.duration)),
            **({} if video.subset is None else dict(subset=video.subset)),
            "annotations": [
                event_entry(x.start, x.end, x.label, label_of[x.label]) for x in video.events
            ],
        }
        for video_id, video in table.videos.items()
    }
    return {"database": database, "classes": list(classes)}


def _number_all(numbers: dict[int, str], table: EventTable) -> bool:
    """Whether each class has exactly one number, so that numbers define an order."""
    return sorted(numbers.values()) == sorted(table.class_names())
