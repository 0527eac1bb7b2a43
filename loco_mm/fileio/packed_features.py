"""Features of many videos in one memory-mapped file, in the safetensors format.

The file has a tensor per modality with the steps of all videos one after the other, and ``steps``
and ``crc32``: number of steps and checksum of each video and modality. Kind of features,
description and video ids are in the metadata of its header.

Shape letters: N videos, M modalities, T steps, D channels of a modality.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import TypeAdapter
from torch import Tensor

from ..errors import InputError
from ..schema import Name, Schema, conform, show
from ..structures import MODALITIES, FeatureKind
from ..text import first_line
from .atomic import check_folder, replace_whole
from .feature_folder import Description
from .reading import open_regular

_WHAT = "packed features"
_META = "packed_features"
_AGAIN = "pack the features again"
# Types of tensors, by their names in the header; features have one of the first two.
_TYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "I64": torch.int64}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}


class _Header(Schema):
    """Metadata of a file.

    Attributes:
        version: Version of the form.
        features: Kind of the features, in the form of a dataset's ``features``.
        description: Description of the folder from which they were packed, if it has one.
        videos: Video ids in the order of their features.
    """

    version: Literal[1] = 1
    features: dict[str, Any]
    description: Description | None
    videos: list[Name]


_HEADER: TypeAdapter[_Header] = TypeAdapter(_Header)


def is_packed(place: str | Path) -> bool:
    """Whether features are in one file, and not in a folder."""
    return Path(place).is_file()


class PackedFeatures:
    """A file of packed features. Only its index is read; features are read from the mapped file.

    Args:
        path: The file.

    Attributes:
        kind (FeatureKind): Kind of the features.
        description (Description | None): Description of the extractor.
        modalities (tuple[str, ...]): Modalities that the file contains.
        dtype (torch.dtype): Type in which they are stored.

    Raises:
        InputError: The file is missing, cut off, damaged or another one.
    """

    _opened: Any = None

    def __init__(self, path: str | Path):
        self.path = str(path)
        header, file = self._header(), self._file
        self.modalities = tuple(name for name in MODALITIES if name in file.keys())  # noqa: SIM118
        try:
            self.kind = FeatureKind.from_config(header.features)
        except InputError as error:
            raise self._damaged(str(error)) from None
        self.description = header.description
        self._number = {video_id: number for number, video_id in enumerate(header.videos)}
        self.dtype = self._dtype()
        shape = len(header.videos), len(self.modalities)
        self._steps, self._checksums = (self._table(name, shape) for name in ("steps", "crc32"))
        self._ends = self._steps.cumsum(0)
        for column, modality in enumerate(self.modalities):
            rows, width = file.get_slice(modality).get_shape()
            total = int(self._ends[-1, column]) if len(self._ends) else 0
            if (rows, width) != (total, self.kind.stream(modality).dim):
                raise self._damaged(f"{modality} has shape {(rows, width)}")

    def __contains__(self, video_id: str) -> bool:
        return video_id in self._number

    def __getstate__(self) -> dict:
        # Mappings cannot be sent to another process.
        return {**self.__dict__, "_opened": None}

    def num_steps(self, video_id: str, modality: str) -> int:
        """Number of steps T of a video."""
        return int(self._steps[self._number[video_id], self._column(modality)])

    def rows(self, video_id: str, modality: str, check: bool = False) -> Tensor:
        """(T, D) features of a video, in the mapped file: they must not be changed.

        Args:
            video_id: Id of the video.
            modality: ``'visual'`` or ``'audio'``.
            check: Whether to compare the checksum, which takes longer than reading.

        Raises:
            InputError: The checksum differs.
        """
        number, column = self._number[video_id], self._column(modality)
        end = int(self._ends[number, column])
        rows = self._file.get_slice(modality)[end - int(self._steps[number, column]) : end]
        if check and _crc32(rows) != int(self._checksums[number, column]):
            raise self._damaged(f"the {modality} features of video {video_id} have changed")
        return rows

    def _column(self, modality: str) -> int:
        return self.modalities.index(modality)

    @property
    def _file(self) -> Any:
        """The open file; each process opens it when it first reads."""
        if self._opened is None:
            from safetensors import SafetensorError, safe_open

            with open_regular(self.path, _WHAT):
                pass  # the library opens the file itself
            try:
                self._opened = safe_open(self.path, framework="pt", device="cpu")
            except (SafetensorError, OSError) as error:
                raise InputError(
                    f"{_WHAT} {self.path}: cut off, damaged, or not safetensors: "
                    f"{first_line(error)}: {_AGAIN}"
                ) from error
        return self._opened

    def _header(self) -> _Header:
        text = (self._file.metadata() or {}).get(_META)
        if text is None:
            raise InputError(
                f"{_WHAT} {self.path}: expected a file of tools/data/pack_features.py, got "
                f"other tensors: {show(sorted(self._file.keys()))}"
            )
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"the header cannot be read: {first_line(error)}") from error
        return conform(_HEADER, content, f"{_WHAT} {self.path}")

    def _dtype(self) -> torch.dtype:
        found = {self._file.get_slice(name).get_dtype() for name in self.modalities}
        if len(found) != 1 or not found <= {"F32", "BF16"}:
            raise self._damaged(f"expected features of type F32 or BF16, got {sorted(found)}")
        return _TYPES[found.pop()]

    def _table(self, name: str, shape: tuple[int, int]) -> Tensor:
        """(N, M) int64 from the file."""
        table = self._file.get_tensor(name) if name in self._file.keys() else None  # noqa: SIM118
        if table is None or table.shape != shape or table.dtype != torch.int64 or (table < 0).any():
            raise self._damaged(f"{name} is missing or invalid")
        return table.clone()

    def _damaged(self, text: str) -> InputError:
        return InputError(f"{_WHAT} {self.path}: damaged: {text}: {_AGAIN}")


def write_packed_features(
    path: str | Path,
    kind: FeatureKind,
    description: Description | None,
    steps: Mapping[str, Sequence[int]],
    read: Callable[[str, str], Tensor],
    modalities: Sequence[str] = MODALITIES,
    dtype: torch.dtype = torch.float32,
    progress: Callable[[Iterable], Iterable] = iter,
) -> int:
    """Write a file of packed features, video by video.

    Args:
        path: The file. It is written completely or not at all.
        kind: Kind of the features.
        description: Description of the extractor.
        steps: Number of steps of each modality, by video id.
        read: Returns the features (T, D) of a video id and a modality.
        modalities: Modalities to write.
        dtype: float32 or bfloat16.
        progress: Wraps the videos, of each modality in turn.

    Returns:
        int: Size of the file in bytes.

    Raises:
        InputError: The file cannot be written, the disk is too small, or a video does not have the
            expected number of steps.
    """
    counts = torch.tensor(list(steps.values()))
    checksums = torch.zeros_like(counts)
    shapes = {name: (torch.int64, tuple(counts.shape)) for name in ("crc32", "steps")}
    for name, total in zip(modalities, counts.sum(0).tolist(), strict=True):
        shapes[name] = dtype, (total, kind.stream(name).dim)
    header = _Header(features=asdict(kind), description=description, videos=list(steps))
    start, size = _layout(shapes, header.model_dump_json())
    check_folder(Path(path).absolute().parent, size=size)
    with replace_whole(path) as temporary, open(temporary, "r+b") as file:
        file.write(start)
        file.write(_bytes(checksums))
        file.write(_bytes(counts))
        for column, modality in enumerate(modalities):
            for number, video_id in enumerate(progress(list(steps))):
                rows = read(video_id, modality).to(dtype)
                expected = int(counts[number, column]), kind.stream(modality).dim
                if rows.shape != expected:
                    raise InputError(
                        f"video {video_id}: expected {modality} features of shape "
                        f"{expected}, got {tuple(rows.shape)}"
                    )
                checksums[number, column] = _crc32(rows)
                file.write(_bytes(rows))
        file.seek(len(start))
        file.write(_bytes(checksums))
    return size


def _layout(shapes: Mapping[str, tuple[torch.dtype, tuple]], text: str) -> tuple[bytes, int]:
    """Start of a safetensors file, up to the first tensor, and size of the whole file."""
    header: dict[str, Any] = {"__metadata__": {_META: text}}
    end = 0
    for name, (dtype, shape) in shapes.items():
        start, end = end, end + prod(shape) * dtype.itemsize
        header[name] = dict(dtype=_NAMES[dtype], shape=shape, data_offsets=[start, end])
    encoded = json.dumps(header).encode()
    # The tensors are aligned to 8 bytes.
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded, 8 + len(encoded) + end


def _bytes(rows: Tensor) -> memoryview:
    return rows.contiguous().view(torch.uint8).numpy().data


def _crc32(rows: Tensor) -> int:
    return zlib.crc32(_bytes(rows))
