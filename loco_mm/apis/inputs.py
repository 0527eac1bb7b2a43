"""Inputs of an inferencer: one or several media files or features."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ..arrays import bad_argument
from ..errors import InputError
from ..fileio import id_of_path
from ..schema import show
from ..text import file_name

_EXPECTED = "a media file, a pair (visual, audio) of features, a dict of both, or a list of these,"
_KEYS = {"visual", "audio", "video_id", "duration", "grid"}


class VideoInput(NamedTuple):
    """Input for one video.

    Attributes:
        video_id: Id of the video.
        path: Path of the media file; None for features.
        visual: Visual features: an array, a tensor, or ``.npy`` files.
        audio: Audio features, likewise.
        duration: Duration in seconds, if given.
        grid: Grid of the features, if given.
    """

    video_id: str
    path: Path | None = None
    visual: Any = None
    audio: Any = None
    duration: float | None = None
    grid: Any = None


def as_inputs(inputs: Any, suffix: str = "") -> list[VideoInput]:
    """Parse the inputs of an inferencer.

    The id of a media file is its name without extension. The id of features is ``video_id``, or the
    name of the visual file, or ``video`` (with a number if there are several).

    Args:
        inputs: One input or a list.
        suffix: Suffix of visual feature files, such as ``'_rgb.npy'``.

    Raises:
        InputError: An input has another type, or two have the same id.
    """
    given = list(inputs) if isinstance(inputs, list) else [inputs]
    videos: dict[str, VideoInput] = {}
    for number, one in enumerate(given):
        where = f"inputs[{number}]" if isinstance(inputs, list) else "inputs"
        video = _as_input(where, one, f"video-{number}" if len(given) > 1 else "video", suffix)
        file_name(where, video.video_id)
        if video.video_id in videos:
            raise InputError(f"{where}: a second video named {show(video.video_id)}: rename one")
        videos[video.video_id] = video
    return list(videos.values())


def _as_input(where: str, one: Any, name: str, suffix: str) -> VideoInput:
    if isinstance(one, (str, Path)):
        if Path(one).suffix == ".npy":
            raise bad_argument(where, show(str(one)), "a pair (visual, audio) of feature files")
        return VideoInput(id_of_path(one), Path(one))
    if isinstance(one, tuple) and len(one) == 2:
        one = dict(visual=one[0], audio=one[1])
    if not isinstance(one, Mapping):
        raise bad_argument(where, type(one).__name__, _EXPECTED)
    if not {"visual", "audio"} <= set(one) <= _KEYS:
        raise bad_argument(where, f"a dict of {sorted(map(str, one))}", f"keys of {sorted(_KEYS)}")
    for key in ("visual", "audio"):
        _check_features(f"{where}.{key}", one[key])
    if files := feature_files(one["visual"]):
        name = files[0].name.removesuffix(suffix).removesuffix(files[0].suffix)
    video_id = one.get("video_id", name)
    if not isinstance(video_id, str) or not video_id:
        raise bad_argument(f"{where}.video_id", show(video_id), "a string")
    return VideoInput(**{**one, "video_id": video_id})


def _check_features(where: str, value: Any) -> None:
    parts = value if isinstance(value, list) and _are_files(value) else [value]
    for part in parts:
        if isinstance(part, (str, Path)):
            if Path(part).suffix != ".npy":
                expected = "a .npy file (several videos are a list)"
                raise bad_argument(where, show(str(part)), expected)
        elif not isinstance(part, (list, np.ndarray, torch.Tensor)):
            raise bad_argument(where, type(part).__name__, "an array or .npy files")


def _are_files(value: list) -> bool:
    return bool(value) and all(isinstance(part, (str, Path)) for part in value)


def feature_files(value: Any) -> list[Path] | None:
    """Paths of features that are given as files; None for an array."""
    if isinstance(value, (str, Path)):
        return [Path(value)]
    if isinstance(value, list) and _are_files(value):
        return [Path(part) for part in value]
    return None
