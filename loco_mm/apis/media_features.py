"""Features of an inferencer's inputs, checked against those that its model was trained on.

Shape letters: T steps, Dv and Da channels of the features.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..arrays import bad_argument
from ..datasets.feature_files import lengths_differ, read_joined
from ..engine.checkpoints import check_extractor
from ..errors import InputError
from ..features import BaseExtractor, build_extractor
from ..fileio import read_description
from ..media import Media
from ..models.localizers import BaseAVModel
from ..registry import EXTRACTORS
from ..schema import show
from ..structures import MODALITIES
from .inputs import VideoInput, feature_files
from .models import trained_on

_WHAT = "the model"


class LoadedFeatures(NamedTuple):
    """Features of a video.

    Attributes:
        visual: (T, Dv).
        audio: (T, Da).
        grid: Grid of the features; None for the model's.
        duration: Duration of the video in seconds; None for what the features cover.
        media: Path of the media file, if the features were extracted.
    """

    visual: Any
    audio: Any
    grid: Any
    duration: float | None
    media: Media | None = None


class MediaFeatures:
    """Loads the features of media files and feature files for a model.

    Args:
        model: A model by :func:`init_model`.
        extractor (str | Mapping | BaseExtractor | None): See :class:`AVEventInferencer`.
        device: Device of the extractor's models, if it has any.

    Raises:
        InputError: The extractor is unknown, or the model was trained on other features.
    """

    def __init__(self, model: BaseAVModel, extractor: Any, device: str):
        self.trained, self.device = trained_on(model), device
        self.task = model.task
        self.extractor = None if extractor is None else self._checked(self._build(extractor))

    def load(self, video: VideoInput) -> LoadedFeatures:
        """Extract, read or pass on the features of a video.

        Raises:
            InputError: A file is invalid, or the features are not those of the model's training.
        """
        if video.path is not None:
            return self._of_media(video.path)
        loaded = []
        for value in (video.visual, video.audio):
            paths = feature_files(value)
            for folder in {path.parent for path in paths or ()}:
                described = read_description(folder)
                check_extractor(self.trained, described, _WHAT, str(folder))
            loaded.append(read_joined([str(path) for path in paths]) if paths else value)
        visual, audio = loaded
        if feature_files(video.visual) and feature_files(video.audio):
            visual, audio = _cut(visual, audio)
        return LoadedFeatures(visual, audio, video.grid, video.duration)

    def _of_media(self, path: Path) -> LoadedFeatures:
        extractor = self.for_media(f"media file {path}")
        media, found = extractor.extract(path)
        visual, audio = (
            np.concatenate([found[suffix] for suffix in self.suffixes(modality)], axis=1)
            for modality in MODALITIES
        )
        return LoadedFeatures(visual, audio, extractor.kind.grid, media.duration, media)

    def for_media(self, what: str) -> BaseExtractor:
        """The extractor, which is built when it is first used.

        Args:
            what: Description of the media, for messages.

        Raises:
            InputError: The model takes features only, or its extractor cannot be built.
        """
        if not self.task.takes_media:
            raise InputError(
                f"{what}: a model for {self.task.name} takes features, a pair (visual, audio)"
            )
        if self.extractor is None:
            self.extractor = self._checked(self._of_checkpoint())
        return self.extractor

    def suffixes(self, modality: str) -> tuple[str, ...]:
        """Suffixes of the extractor's features of a modality that the model reads."""
        kind = self.trained.kind or self.for_media("the model").kind
        return kind.stream(modality).suffixes

    def _build(self, extractor: str | Mapping | BaseExtractor) -> BaseExtractor:
        if isinstance(extractor, BaseExtractor):
            return extractor
        config = dict(type=extractor) if isinstance(extractor, str) else extractor
        if not isinstance(config, Mapping) or not isinstance(config.get("type"), str):
            expected = "a name, a config with 'type', or an extractor"
            raise bad_argument("extractor", show(extractor), expected)
        return build_extractor(config, self.device)

    def _of_checkpoint(self) -> BaseExtractor:
        """Build the extractor named in the checkpoint; nothing is downloaded for it."""
        known = self.trained.extractor
        if known is None:
            names = ", ".join(sorted(EXTRACTORS.module_dict))
            raise InputError(
                "the checkpoint does not name the extractor of its training features: give an "
                f"extractor, one of {names}"
            )
        settings = {key: value for key, value in known.settings.items() if key != "type"}
        config = dict(type=known.extractor, **settings)
        kind = EXTRACTORS.module_dict.get(known.extractor)
        if kind is None or getattr(kind, "needs_weights", True):
            which = "is not known here" if kind is None else "needs weights"
            raise InputError(
                f"the checkpoint was trained on features of the extractor {known.extractor!r}, "
                f"which {which}: give it, as {config}"
            )
        extractor = build_extractor(config, self.device)
        grid = known.features.get("grid")
        return (
            extractor
            if asdict(extractor.kind.grid) == grid
            else build_extractor(dict(config, grid=grid), self.device)
        )

    def _checked(self, extractor: BaseExtractor) -> BaseExtractor:
        described = extractor.description() if self.trained.extractor else None
        where = f"the extractor {extractor.name!r}"
        check_extractor(self.trained, described, _WHAT, where)
        grid, kind = asdict(extractor.kind.grid), self.trained.kind
        if self.trained.grid and self.trained.grid != grid:
            raise InputError(
                f"{where}: expected the grid of the model's training, {self.trained.grid}, got "
                f"{grid}"
            )
        if kind is None:
            return extractor
        for modality in MODALITIES:
            files, given = (k.stream(modality).suffixes for k in (kind, extractor.kind))
            if missing := set(files) - set(given):
                raise InputError(
                    f"{where}: expected {', '.join(sorted(missing))}, the {modality} features "
                    f"that the model was trained on, got {', '.join(given)}"
                )
        return extractor


def _cut(visual: np.ndarray, audio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Truncate both to the shorter length, as datasets do; large differences are refused later."""
    if lengths_differ(len(visual), len(audio)):
        return visual, audio
    steps = min(len(visual), len(audio))
    return visual[:steps], audio[:steps]
