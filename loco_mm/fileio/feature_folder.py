"""Folders of extracted features: their description, and the list of finished videos."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, TypeAdapter

from ..errors import InputError
from ..schema import FileName, Name, Schema, Seconds, conform, show
from ..structures import FeatureKind
from .atomic import writing
from .json_files import read_json, write_json
from .locks import locked
from .reading import open_regular

DESCRIPTION_FILE = "features.json"
_WHAT = "description of features"
_MANIFEST = "manifest"
_REMEDY = "extract to another folder, or remove this one yourself"


class Description(Schema):
    """Description of all features in a folder.

    Attributes:
        extractor: Name of the extractor.
        version: Version of the extractor.
        settings: Options of the extractor.
        weights: Checksums of the weights of its models.
        features: Files, widths and grid, in the form of a dataset's ``features``.
    """

    extractor: Name
    version: int
    settings: dict[str, Any]
    weights: dict[str, str]
    features: dict[str, Any]

    def differing(self, other: "Description", besides: tuple[str, ...] = ()) -> str | None:
        """First field in which another description differs, as ``'version: expected 2, got 1'``.

        Args:
            other: The expected description.
            besides: Fields to ignore.
        """
        # Converted as if read from a file, where tuples are lists.
        found, wanted = self.model_dump(mode="json"), other.model_dump(mode="json")
        for key, value in found.items():
            if key not in besides and value != wanted[key]:
                return f"{key}: expected {show(wanted[key])}, got {show(value)}"
        return None


class FeatureFile(Schema):
    """A feature file.

    Attributes:
        shape (list[int]): Number of steps and channels.
        bytes: Size in bytes.
        sha256: SHA-256 checksum.
    """

    shape: Annotated[list[NonNegativeInt], Field(min_length=2, max_length=2)]
    bytes: NonNegativeInt
    sha256: Name


class Entry(Schema):
    """A video with extracted features.

    Attributes:
        video_id: Id of the video, with which its file names begin.
        source: Name of the media file.
        bytes: Size of the media file.
        video_seconds: Duration of the video stream.
        audio_seconds: Duration of the audio stream.
        files: Feature files by name.
    """

    video_id: FileName
    source: Name
    bytes: NonNegativeInt
    video_seconds: Seconds
    audio_seconds: Seconds
    files: dict[FileName, FeatureFile]

    def is_whole(self, folder: Path) -> bool:
        """Whether all files exist and have the right size."""
        paths = {folder / name: file.bytes for name, file in self.files.items()}
        return all(path.is_file() and path.stat().st_size == n for path, n in paths.items())


_DESCRIPTION: TypeAdapter[Description] = TypeAdapter(Description)
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def as_description(content: Any, source: str) -> Description:
    """Convert plain data to a description.

    Raises:
        InputError: The data are not a valid description.
    """
    return conform(_DESCRIPTION, content, source)


def read_description(folder: str | Path) -> Description | None:
    """Read the description of a folder's features; None if there is none.

    Raises:
        InputError: The description is invalid.
    """
    path = Path(folder) / DESCRIPTION_FILE
    if not os.path.lexists(path):
        return None
    return as_description(read_json(path, _WHAT), f"{_WHAT} {path}")


def read_kind(folder: str | Path) -> FeatureKind | None:
    """Read files, widths and grid of a folder's features; None if there is no description.

    Raises:
        InputError: The description is invalid.
    """
    description = read_description(folder)
    if description is None:
        return None
    try:
        return FeatureKind.from_config(description.features)
    except InputError as error:
        raise InputError(f"{_WHAT} {Path(folder) / DESCRIPTION_FILE}: {error}") from None


def describe_folder(folder: str | Path, description: Description) -> None:
    """Write the description of a folder's features, or check that the existing one matches.

    Raises:
        InputError: The folder contains other features, or the description is invalid.
    """
    path = Path(folder) / DESCRIPTION_FILE
    # If two processes start at the same time, the second one reads what the first has written.
    with locked(Path(folder) / ".describing.lock", "let it end", wait=True):
        found = read_description(folder)
        if found is None:
            write_json(path, description.model_dump(mode="json"))
        elif difference := found.differing(description):
            raise InputError(f"{path}: {difference}: {_REMEDY}")


def read_manifest(folder: str | Path) -> dict[str, Entry]:
    """Read the finished videos, by id.

    A line that a killed process left incomplete at the end of a file is ignored.

    Raises:
        InputError: A file of the manifest is damaged.
    """
    entries: dict[str, Entry] = {}
    for path in sorted(Path(folder).glob(f"{_MANIFEST}*.jsonl")):
        with open_regular(path, "manifest") as file:
            lines = file.read().split(b"\n")[:-1]
        for number, line in enumerate(lines, 1):
            entry = _entry(line, f"manifest {path}, line {number}")
            entries[entry.video_id] = entry
    return entries


class ManifestWriter:
    """Appends videos to the manifest of a folder as soon as they are finished.

    Args:
        folder: The folder.
        shard: Part that this process works on, and number of parts; each part has its own file.
    """

    def __init__(self, folder: str | Path, shard: tuple[int, int] = (1, 1)):
        number, count = shard
        part = "" if count == 1 else f"-{number}-of-{count}"
        self.path = Path(folder) / f"{_MANIFEST}{part}.jsonl"

    def add(self, entry: Entry) -> None:
        """Add a video whose feature files have been written."""
        line = json.dumps(entry.model_dump()).encode() + b"\n"
        with writing(self.path), open(self.path, "ab+") as file:
            _drop_unfinished(file)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _drop_unfinished(file) -> None:
    """Remove an incomplete line, left by a killed process, from the end of the file."""
    end = file.seek(0, os.SEEK_END)
    if not end:
        return
    file.seek(end - 1)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)


def _entry(line: bytes, source: str) -> Entry:
    try:
        content: Mapping = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: cannot be read as JSON: {error}: remove that line") from error
    return conform(_ENTRY, content, source)
