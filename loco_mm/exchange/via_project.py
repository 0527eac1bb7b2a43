"""Project files of the VGG Image Annotator, version 3 (JSON)."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from ..errors import InputError
from ..schema import Name, Schema, conform, show, show_place

_PARTS = {"attribute", "file", "metadata", "view"}

# Location, files, times and metadata of a segment, or of a video without segments.
Row = tuple[str, list, list, dict]


class _File(Schema):
    fname: Name


class _View(Schema):
    fid_list: list[int | str]


class _Metadata(Schema):
    vid: int | str
    z: list[float] = []
    av: dict[str, Any] = {}


class _Project(Schema):
    attribute: dict[str, dict[str, Any]]
    file: dict[str, _File]
    metadata: dict[str, _Metadata]
    view: dict[str, _View]


_PROJECT = TypeAdapter(_Project)


def is_via_project(content: Any) -> bool:
    """Whether the content of a JSON file is a project."""
    return isinstance(content, dict) and content.keys() >= _PARTS


def read_project(content: dict, source: str) -> tuple[dict[str, dict], Iterator[Row]]:
    """Read the attribute definitions by id, and the videos and segments of a project.

    Raises:
        InputError: The content is not a project or, while rows are read, a file or view is missing.
    """
    project = conform(_PROJECT, content, source)
    return project.attribute, _rows(project, source)


def _rows(project: _Project, source: str) -> Iterator[Row]:
    files = {}
    for view_id, view in project.view.items():
        names = [str(number) for number in view.fid_list]
        if unknown := [name for name in names if name not in project.file]:
            raise InputError(
                f"{source}: {show_place(('view', view_id, 'fid_list'))}: expected one of the "
                f"{len(project.file)} files, got {show(unknown[0])}"
            )
        files[view_id] = [project.file[name].fname for name in names]
        yield f"{source}: {show_place(('view', view_id))}", files[view_id], [], {}
    for key, entry in project.metadata.items():
        where = f"{source}: {show_place(('metadata', key))}"
        if str(entry.vid) not in files:
            raise InputError(
                f"{where}.vid: expected one of the {len(files)} views, got {show(entry.vid)}"
            )
        yield where, files[str(entry.vid)], entry.z, entry.av
