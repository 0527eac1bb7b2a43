"""Where the features of a dataset come from: a folder with files of each video, or a packed file.

Shape letters: T steps, D channels of a modality.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..fileio import Description, PackedFeatures, is_packed, read_description, read_kind
from ..structures import MODALITIES, FeatureKind
from .feature_files import read_features, read_lengths


class FeatureSource(ABC):
    """Features of the videos of a dataset.

    Attributes:
        place: Their folder or file, for messages.
        kind: Kind of the features.
        noun: What a video has there, for messages.
        dtype: Type in which they are stored.
    """

    noun = "features"
    dtype = torch.float32

    def __init__(self, place: str, kind: FeatureKind):
        self.place, self.kind = place, kind

    @abstractmethod
    def missing(self, video_ids: Sequence[str], modalities: Sequence[str]) -> dict[str, str]:
        """Videos without features, and what is missing for each of them."""

    @abstractmethod
    def lengths(self, video_id: str, modalities: Sequence[str] = MODALITIES) -> tuple[int, int]:
        """Number of steps of a video's visual and audio features.

        With only one modality, its number of steps is returned twice.

        Raises:
            InputError: The features of the video are missing or invalid.
        """

    @abstractmethod
    def rows(self, video_id: str, modality: str) -> Tensor:
        """(T, D) features in the type in which they are stored, after checking their values.

        Raises:
            InputError: The features of the video are missing or invalid.
        """

    @abstractmethod
    def read(self, video_id: str, modality: str) -> Any:
        """(T, D) features for a pipeline: a float32 array, which may be read-only.

        Raises:
            InputError: The features of the video are missing or invalid.
        """


class FeatureFiles(FeatureSource):
    """Features in a folder, in ``.npy`` files of each video."""

    noun = "feature files"

    def missing(self, video_ids: Sequence[str], modalities: Sequence[str]) -> dict[str, str]:
        """See :meth:`FeatureSource.missing`."""
        # Listing the folder once is faster than thousands of checks of single files.
        present = set(os.listdir(self.place)) if Path(self.place).is_dir() else set()
        needed = {video_id: self.kind.files(video_id, modalities) for video_id in video_ids}
        return {
            video_id: next(name for name in names if name not in present)
            for video_id, names in needed.items()
            if not present.issuperset(names)
        }

    def lengths(self, video_id: str, modalities: Sequence[str] = MODALITIES) -> tuple[int, int]:
        """See :meth:`FeatureSource.lengths`."""
        return read_lengths(self.kind, self.place, video_id, modalities)

    def rows(self, video_id: str, modality: str) -> Tensor:
        """See :meth:`FeatureSource.rows`."""
        return torch.from_numpy(self.read(video_id, modality))

    def read(self, video_id: str, modality: str) -> np.ndarray:
        """See :meth:`FeatureSource.read`."""
        return read_features(self.kind, modality, self.place, video_id)


class PackedFile(FeatureSource):
    """Features in a packed file.

    Raises:
        InputError: The file is invalid, or has other features.
    """

    def __init__(self, place: str, kind: FeatureKind, modalities: Sequence[str] = MODALITIES):
        super().__init__(place, kind)
        self.file = PackedFeatures(place)
        self.dtype = self.file.dtype
        if not set(modalities) <= set(self.file.modalities):
            raise InputError(
                f"dataset.modalities: expected {self.file.modalities}, which {place} has, got "
                f"{tuple(modalities)}"
            )
        for name in ("grid", *modalities):
            expected, got = getattr(self.file.kind, name), getattr(kind, name)
            if expected != got:
                raise InputError(
                    f"dataset.features.{name}: expected {expected}, the features in {place}, got "
                    f"{got}"
                )

    def missing(self, video_ids: Sequence[str], modalities: Sequence[str]) -> dict[str, str]:
        """See :meth:`FeatureSource.missing`."""
        return {video_id: video_id for video_id in video_ids if video_id not in self.file}

    def lengths(self, video_id: str, modalities: Sequence[str] = MODALITIES) -> tuple[int, int]:
        """See :meth:`FeatureSource.lengths`."""
        steps = [self.file.num_steps(video_id, modality) for modality in modalities]
        return steps[0], steps[-1]

    def rows(self, video_id: str, modality: str) -> Tensor:
        """See :meth:`FeatureSource.rows`. The checksum is compared."""
        return self.file.rows(video_id, modality, check=True)

    def read(self, video_id: str, modality: str) -> np.ndarray:
        """See :meth:`FeatureSource.read`. The checksum is not compared, as it takes too long."""
        return as_array(self.file.rows(video_id, modality))


def as_array(rows: Tensor) -> np.ndarray:
    """Features as a float32 array; read-only, as it may share the memory of a file or cache."""
    array = rows.float().numpy()
    array.flags.writeable = False
    return array


def open_features(
    place: str, kind: FeatureKind, modalities: Sequence[str] = MODALITIES
) -> FeatureSource:
    """The features in a folder or a packed file.

    Args:
        place: Folder or file.
        kind: Expected kind of features.
        modalities: Modalities that are needed.

    Raises:
        InputError: The packed file is invalid, or has other features.
    """
    return PackedFile(place, kind, modalities) if is_packed(place) else FeatureFiles(place, kind)


def kind_of_features(place: str) -> FeatureKind | None:
    """Kind of the features in a packed file or a folder; None if the folder has no description.

    Raises:
        InputError: File or description are invalid.
    """
    return PackedFeatures(place).kind if is_packed(place) else read_kind(place)


def description_of_features(place: str) -> Description | None:
    """Description of the features in a packed file or a folder; None if there is none.

    Raises:
        InputError: File or description are invalid.
    """
    return PackedFeatures(place).description if is_packed(place) else read_description(place)
