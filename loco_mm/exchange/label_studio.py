"""Tasks of Label Studio, with events as regions of the audio track."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from pydantic import TypeAdapter

from ..errors import InputError
from ..fileio import is_address, name_of_address, read_json, write_json, write_text
from ..fileio.event_table import EventTable, NamedEvent, VideoEvents, file_of, make_event
from ..schema import Name, Schema, conform, show_place

TASKS_FILE, CONFIG_FILE = "tasks.json", "labeling_config.xml"
_WHAT = "Label Studio file"
_LABELS, _AUDIO = "events", "audio"


class _Data(Schema):
    video: Name | None = None
    audio: Name | None = None


class _Region(Schema):
    type: str
    value: dict[str, Any] = {}
    score: float | None = None


class _Work(Schema):
    result: list[_Region] = []
    was_cancelled: bool = False


class _Task(Schema):
    data: _Data
    annotations: list[_Work] = []
    predictions: list[_Work] = []


_TASKS = TypeAdapter(list[_Task])


def read_label_studio(path: str | Path) -> EventTable:
    """Read tasks as exported by Label Studio (``JSON``), or a folder with ``tasks.json``.

    If a task has annotations, its predictions are ignored.

    Raises:
        InputError: The file cannot be read, has another form, or a task has two annotations.
    """
    if os.path.isdir(path):
        path = Path(path) / TASKS_FILE
    source = f"{_WHAT} {path}"
    table = EventTable()
    tasks = conform(_TASKS, read_json(path, _WHAT, list), source)
    for number, task in enumerate(tasks):
        where = f"{source}: {show_place((number,))}"
        file = task.data.video or task.data.audio
        if file is None:
            raise InputError(
                f"{where}.data: expected 'video' or 'audio', the address of a media file, got "
                "neither"
            )
        # URLs without a scheme are encoded, too.
        _, video = table.video(where, file if is_address(file) else name_of_address(file))
        done = [work for work in task.annotations if not work.was_cancelled] or task.predictions
        if len(done) > 1:
            raise InputError(f"{where}: expected one annotation, got {len(done)}: choose one")
        for work in done:
            for region in work.result:
                video.events += _events(where, region)
    return table


def write_label_studio(path: str | Path, table: EventTable) -> None:
    """Write a folder with ``tasks.json`` to import, and the project's ``labeling_config.xml``.

    Predictions are written as predictions with scores, other events as annotations.
    """
    folder = Path(path)
    kind = "predictions" if table.is_scored else "annotations"
    tasks = [
        {"data": {"video": _address(video_id, video)}, kind: [_work(video, table.is_scored)]}
        for video_id, video in table.videos.items()
    ]
    write_json(folder / TASKS_FILE, tasks)
    write_text(folder / CONFIG_FILE, _config(table.class_names()))


def _address(video_id: str, video: VideoEvents) -> str:
    file = file_of(video_id, video)
    return file if is_address(file) else quote(file)


def _work(video: VideoEvents, is_scored: bool) -> dict:
    result = [
        {
            "id": f"event-{number}",
            "type": "labels",
            "from_name": _LABELS,
            "to_name": _AUDIO,
            "value": {"start": x.start, "end": x.end, "channel": 0, "labels": [x.label]},
            **({} if x.score is None else {"score": x.score}),
        }
        for number, x in enumerate(video.events, 1)
    ]
    scores = [x.score for x in video.events if x.score is not None]
    head = {}
    if is_scored:
        head = {"model_version": "loco_mm", "score": sum(scores) / len(scores) if scores else 0.0}
    return {**head, "result": result}


def _config(classes: tuple[str, ...]) -> str:
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in classes)
    return (
        "<View>\n"
        f'  <Video name="video" value="$video" sync="{_AUDIO}"/>\n'
        f'  <Labels name="{_LABELS}" toName="{_AUDIO}" choice="multiple">\n{labels}  </Labels>\n'
        f'  <Audio name="{_AUDIO}" value="$video" sync="video"/>\n'
        "</View>\n"
    )


def _events(where: str, region: _Region) -> list[NamedEvent]:
    """Events of a region; empty if the region has no times."""
    if region.type == "timelinelabels":
        raise InputError(
            f"{where}: expected labels on the sound, which have seconds, got timelinelabels, which "
            "count frames"
        )
    value = region.value
    if region.type != "labels" or not {"start", "end"} <= set(value):
        return []
    labels = value.get("labels")
    if not isinstance(labels, list) or not labels:
        raise InputError(f"{where}: expected a region with labels, got one without")
    return [make_event(where, value["start"], value["end"], x, region.score) for x in labels]
