"""Reads the feature files of a video.

Shape letters: T steps, D channels of a modality.
"""

import os
from collections.abc import Sequence

import numpy as np

from ..arrays import as_float32
from ..errors import InputError
from ..fileio import read_matrix
from ..structures import MODALITIES, FeatureKind

# Allowed difference between the two modalities, in steps and as a fraction of the longer one.
FREE_STEPS = 2
FREE_SHARE = 0.1
_WHAT = "feature file"
_HINT = "; set dataset.missing_features='skip' to go on without such videos"


def lengths_differ(visual: int, audio: int) -> bool:
    """Whether two lengths differ by more than two steps and by more than 10 % of the longer."""
    return abs(visual - audio) > max(FREE_STEPS, FREE_SHARE * max(visual, audio))


def read_lengths(
    kind: FeatureKind, folder: str, video_id: str, modalities: Sequence[str] = MODALITIES
) -> tuple[int, int]:
    """Number of steps of a video's visual and audio features, from the headers of the files.

    With only one modality, its number of steps is returned twice.

    Raises:
        InputError: A file is missing, is not a plain array, is empty, or has another width.
    """
    steps = [
        min(map(len, _arrays(kind, modality, folder, video_id, mapped=True)))
        for modality in modalities
    ]
    return steps[0], steps[-1]


def read_features(kind: FeatureKind, modality: str, folder: str, video_id: str) -> np.ndarray:
    """(T, D) float32 features of a modality.

    Raises:
        InputError: A file is missing, is not a plain array, is empty, has another width, or
            contains NaN, infinity, or values that become infinite in float32.
    """
    parts = _arrays(kind, modality, folder, video_id)
    path = os.path.join(folder, f"{video_id}{kind.stream(modality).suffixes[-1]}")
    return _joined(path, parts)


def read_joined(paths: Sequence[str]) -> np.ndarray:
    """(T, D) float32 features of files, concatenated along the channels.

    Raises:
        InputError: See :func:`read_features`.
    """
    return _joined(paths[-1], [read_matrix(path, _WHAT) for path in paths])


def _joined(path: str, parts: list[np.ndarray]) -> np.ndarray:
    steps = min(map(len, parts))
    cut = [part[:steps] for part in parts]
    return as_float32(path, cut[0] if len(cut) == 1 else np.concatenate(cut, axis=1))


def _arrays(
    kind: FeatureKind, modality: str, folder: str, video_id: str, mapped: bool = False
) -> list[np.ndarray]:
    """Arrays of a modality; if ``mapped``, only the headers are read."""
    stream = kind.stream(modality)
    paths = [os.path.join(folder, f"{video_id}{suffix}") for suffix in stream.suffixes]
    parts = [read_matrix(path, _WHAT, mapped, _HINT) for path in paths]
    width = sum(part.shape[1] for part in parts)
    if width != stream.dim:
        raise InputError(
            f"{paths[-1]}: expected {stream.dim} {modality} channels, got {width}: change "
            f"dataset.features.{modality}.dim and model.encoder.{modality}_dim, or the feature "
            "files"
        )
    return parts
