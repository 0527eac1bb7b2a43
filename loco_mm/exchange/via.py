"""Files of the VGG Image Annotator, version 3 (Dutta and Zisserman, ACM Multimedia 2019)."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from ..fileio import atomic_write, read_json, read_text
from ..fileio.event_table import EventTable, NamedEvent, file_of, make_event
from ..schema import show
from ..text import first_line, warn
from .via_project import Row, read_project

_COLUMNS = [
    "metadata_id",
    "file_list",
    "flags",
    "temporal_coordinates",
    "spatial_coordinates",
    "metadata",
]
# Anchor of attributes that belong to temporal segments of one file, and types of attributes.
_TEMPORAL, _TEXT, _CHECKBOX, _SELECT = "FILE1_Z2_XY0", "1", "2", "4"
_SCORE = "score"
_DEFINITION = "# ATTRIBUTE = "
_SAYS_VIA = re.compile(r"\bVIA\b|VGG Image Annotator|CSV_HEADER|ATTRIBUTE")


class _Attribute(NamedTuple):
    name: str
    kind: str
    options: Mapping[str, str]
    of_segments: bool = True

    def labels(self, value: str) -> list[str]:
        """Class names encoded in a value of the metadata."""
        ticked = value.split(",") if self.kind == _CHECKBOX else [value]
        return [self.options.get(key, key) for key in ticked]


def is_via(text: str) -> bool:
    """Whether the text of a CSV file was written by VIA."""
    head = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    return any(_SAYS_VIA.search(line) for line in head)


def read_via(path: str | Path) -> EventTable:
    """Read temporal segments of an exported CSV, or of a saved project (JSON).

    Labels are those of the segment attribute that has options, or of the only attribute; classes
    are the options that occur. An attribute called ``score`` contains scores. Regions of single
    frames and metadata of whole files are ignored; a warning counts the regions.

    Raises:
        InputError: The file cannot be read, or has another form.
    """
    source = f"VIA file {path}"
    text = read_text(path, "VIA file")
    definitions: dict | None
    rows: Iterator[Row]
    if text.lstrip().startswith("{"):
        definitions, rows = read_project(read_json(path, "VIA file"), source)
    else:
        definitions, rows = _definitions(source, text), _rows(source, text)
    attributes = _attributes(source, definitions)
    table, others = EventTable(), 0
    used: set[str] = set()
    for where, files, times, metadata in rows:
        if len(files) != 1 or not isinstance(files[0], str):
            raise InputError(f"{where}: expected one file, got file_list {show(files)}")
        _, video = table.video(where, files[0])
        if len(times) == 2:
            events = _events(where, times, metadata, attributes)
            video.events += events
            used.update(event.label for event in events)
        else:
            others += bool(times)
    if others:
        warn(f"{source}: skipped {others} regions of single pictures", stacklevel=2)
    options = [name for a in (attributes or {}).values() for name in a.options.values()]
    table.classes = tuple(name for name in dict.fromkeys(options) if name in used) or None
    return table


def write_via(path: str | Path, table: EventTable) -> None:
    """Write temporal segments with the attribute ``event``, and for predictions ``score``."""
    classes = table.class_names()
    number_of = {name: str(number) for number, name in enumerate(classes)}
    attribute = dict(anchor_id=_TEMPORAL, desc="", default_option_id="")
    options = {number: name for name, number in number_of.items()}
    attributes = {"1": dict(attribute, aname="event", type=_SELECT, options=options)}
    if table.is_scored:
        attributes["2"] = dict(attribute, aname=_SCORE, type=_TEXT, options={})
    with atomic_write(path) as file:
        file.write("# Written by loco_mm for the VGG Image Annotator, version 3\n")
        file.write(f"{_DEFINITION}{json.dumps(attributes)}\n")
        file.write(f"# CSV_HEADER = {','.join(_COLUMNS)}\n")
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, (video_id, video) in enumerate(table.videos.items(), 1):
            files = json.dumps([file_of(video_id, video)])
            if not video.events:
                writer.writerow([f"{number}_0", files, "0", "[]", "[]", "{}"])
            for count, event in enumerate(video.events, 1):
                metadata = {"1": number_of[event.label]}
                if event.score is not None:
                    metadata["2"] = f"{event.score:.4f}"
                times = json.dumps([round(event.start, 3), round(event.end, 3)])
                row = [f"{number}_{count}", files, "0", times, "[]", json.dumps(metadata)]
                writer.writerow(row)


def _events(
    where: str, times: list, metadata: dict, attributes: dict[str, _Attribute] | None
) -> list[NamedEvent]:
    if attributes is None and metadata:
        raise InputError(
            f"{where}: expected a line {_DEFINITION!r} that defines its attributes, as version "
            f"3 of VIA writes, got none for {show(list(metadata))}"
        )
    named, score = {}, None
    for key, value in metadata.items():
        attribute = (attributes or {}).get(key, _Attribute(key, _TEXT, {}))
        if not isinstance(value, str):
            raise InputError(f"{where}: expected a string, got metadata {show(value)}")
        if attribute.name == _SCORE:
            score = value
        elif value and attribute.of_segments:
            named[key] = attribute
    chosen = [key for key, attribute in named.items() if attribute.options] or list(named)
    if len(chosen) != 1:
        raise InputError(
            f"{where}: expected labels in one attribute, got {len(chosen)} "
            f"({', '.join(named[key].name for key in chosen) or 'none'})"
        )
    start, end = times
    labels = named[chosen[0]].labels(metadata[chosen[0]])
    return [make_event(where, start, end, label, score) for label in labels]


def _definitions(source: str, text: str) -> dict | None:
    """Definitions of attributes; None if the file has no line with them."""
    line = next((x for x in text.splitlines() if x.startswith(_DEFINITION)), None)
    if line is None:
        return None
    return _json(source, "ATTRIBUTE", line.removeprefix(_DEFINITION), dict)


def _attributes(source: str, definitions: dict | None) -> dict[str, _Attribute] | None:
    """Attributes of segments by id; None if there are no definitions."""
    if definitions is None:
        return None
    attributes = {}
    for key, value in definitions.items():
        options = value.get("options") if isinstance(value, dict) else None
        if not isinstance(options, dict) or not all(isinstance(x, str) for x in options.values()):
            raise InputError(
                f"{source}: ATTRIBUTE: expected a dict with options, got {show(value)}"
            )
        kind = str(value.get("type", _TEXT))
        attributes[key] = _Attribute(
            str(value.get("aname", key)),
            kind,
            {} if kind == _TEXT else options,
            value.get("anchor_id", _TEMPORAL) == _TEMPORAL,
        )
    return attributes


def _rows(source: str, text: str) -> Iterator[Row]:
    lines = [line for line in io.StringIO(text, newline="") if not line.startswith("#")]
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            where = f"{source}, row {reader.line_num}"
            if row in ([], _COLUMNS):
                continue
            if len(row) != len(_COLUMNS):
                raise InputError(
                    f"{where}: expected {len(_COLUMNS)} fields ({', '.join(_COLUMNS)}, as "
                    f"version 3 of VIA writes), got {len(row)}"
                )
            _, files, _, times, _, metadata = row
            yield (
                where,
                _json(where, "file_list", files, list),
                _json(where, "temporal_coordinates", times, list),
                _json(where, "metadata", metadata, dict),
            )
    except csv.Error as error:
        raise InputError(f"{source}, row {reader.line_num}: {first_line(error)}") from error


def _json(where: str, what: str, text: str, kind: type) -> Any:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: {what}: {first_line(error)}") from error
    if not isinstance(content, kind):
        raise InputError(f"{where}: expected a {kind.__name__}, got {what} {show(content)}")
    return content
