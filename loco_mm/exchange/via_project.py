"""Projects of the VGG Image Annotator, version 3, as it saves them (JSON)."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from ..errors import InputError
from ..schema import Name, Schema, conform, show, show_place

_PARTS = {"attribute", "file", "metadata", "view"}


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
    """Whether a JSON file's content is a project."""
    return isinstance(content, dict) and content.keys() >= _PARTS


def project_attributes(content: dict, source: str) -> dict[str, dict[str, Any]]:
    """Definitions of a project's attributes, by id.

    Raises:
        InputError: It is none.
    """
    return conform(_PROJECT, content, source).attribute


def project_rows(content: dict, source: str) -> Iterator[tuple[str, list, list, dict]]:
    """What a project says of its videos and segments: place, files, times and metadata of each.

    Raises:
        InputError: It is none, or names a file that it does not have.
    """
    project = conform(_PROJECT, content, source)
    files = {}
    for view_id, view in project.view.items():
        names = [str(number) for number in view.fid_list]
        if unknown := [name for name in names if name not in project.file]:
            raise InputError(
                f"{source}: {show_place(('view', view_id, 'fid_list'))}: {show(unknown[0])} found, "
                f"one of the {len(project.file)} files expected"
            )
        files[view_id] = [project.file[name].fname for name in names]
        yield f"{source}: {show_place(('view', view_id))}", files[view_id], [], {}
    for key, entry in project.metadata.items():
        where = f"{source}: {show_place(('metadata', key))}"
        if str(entry.vid) not in files:
            raise InputError(
                f"{where}.vid: {show(entry.vid)} found, one of the {len(files)} views expected"
            )
        yield where, files[str(entry.vid)], entry.z, entry.av
