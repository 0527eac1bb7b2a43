"""Base class of feature extractors for media files.

Shape letters: T steps, D channels of a feature file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..arrays import as_float32
from ..errors import InputError
from ..fileio import Description
from ..media import Media, probe, read_frames
from ..registry import EXTRACTORS
from ..structures import FeatureKind, FeatureStream, TemporalGrid
from .encoders import AudioEncoder, VisualEncoder, Windows
from .torch_models import checksum

# One second per step with a stride of 0.25 s, for expensive image models.
COARSE_GRID = TemporalGrid(fps=8, num_frames=8, stride=2)
# Limits of a grid: frames and seconds per step, frames and steps per second. Otherwise a grid from
# an untrusted checkpoint could need any amount of memory.
MOST_FRAMES, MOST_SECONDS, MOST_FPS, MOST_STEPS = 1000, 60, 1000, 100


class BaseExtractor:
    """Extracts visual and audio features of a media file on a common time grid.

    Step ``g`` covers ``[g * stride, g * stride + num_frames] / fps`` seconds: the frames of the
    video decoded at ``fps``, and the audio samples of that interval. The number of steps is as many
    as fit into the longer of the two streams, and at least one.

    Subclasses provide the two encoders, and are registered in ``EXTRACTORS``.

    Args:
        visual: Encoder of frames.
        audio: Encoder of audio samples.
        grid: The time grid; ``num_frames`` and ``stride`` are integers.
        suffixes: Suffixes of the visual feature files, and of the audio feature file.
        settings: Options that affect the features.

    Attributes:
        version (int): Must be increased whenever the features of a file change.
        needs_weights (bool): Whether it needs weight files as options, or downloads weights.
            Otherwise it can be built from its description in a checkpoint.
        kind (FeatureKind): Files, widths and grid, in the form of a dataset's ``features``.
    """

    version = 2
    needs_weights = True

    def __init__(
        self,
        visual: VisualEncoder,
        audio: AudioEncoder,
        grid: TemporalGrid | Mapping,
        suffixes: tuple[tuple[str, ...], str],
        settings: Mapping | None = None,
    ):
        self.visual, self.audio, self.settings = visual, audio, dict(settings or {})
        grid = TemporalGrid.from_config(grid)
        for name, value in asdict(grid).items():
            if name != "fps" and value != int(value):
                raise InputError(f"extractor: grid.{name}: expected an integer, got {value}")
        _check_size(grid)
        self.kind = FeatureKind(
            FeatureStream(suffixes[0], sum(visual.dims)),
            FeatureStream((suffixes[1],), audio.dim),
            grid,
        )

    @property
    def name(self) -> str:
        """Registered name, or the name of the class if it is not registered."""
        names = EXTRACTORS.module_dict.items()
        return next((name for name, kind in names if kind is type(self)), type(self).__name__)

    def description(self) -> Description:
        """Description that all its features share."""
        models = dict(visual=self.visual.networks, audio=self.audio.networks)
        # Both encoders may share a large model.
        sums = {networks: checksum(*networks) for networks in set(models.values()) if networks}
        return Description(
            extractor=self.name,
            version=self.version,
            settings=self.settings,
            weights={modality: sums[models[modality]] for modality in models if models[modality]},
            features=asdict(self.kind),
        )

    def extract(self, path: str | Path) -> tuple[Media, dict[str, np.ndarray]]:
        """Extract the features of a media file.

        Args:
            path: A file with a video and an audio stream.

        Returns:
            tuple: Information about the file, and (T, D) float32 features by suffix of the feature
            file, visual files first.

        Raises:
            InputError: The file is invalid, or features are not finite.
        """
        media, grid = probe(path), self.kind.grid
        steps = grid.num_steps(media.duration)
        windows = Windows(int(grid.num_frames), int(grid.stride), steps)
        count = windows.frames + self.visual.extra_frames
        frames = read_frames(media, grid.fps, count, self.visual.spec)
        sound = self.audio.windows(media, grid.fps, windows)
        return media, self.encode(path, frames, sound, windows)

    def encode(
        self,
        name: str | Path,
        frames: Iterator[np.ndarray],
        sound: Iterator[np.ndarray],
        windows: Windows,
    ) -> dict[str, np.ndarray]:
        """Encode windows of a video.

        Args:
            name: Name of the video, for messages.
            frames: Frames from the first one of the windows on.
            sound: (N, S) samples of the windows, in batches.
            windows: The windows.

        Returns:
            dict[str, np.ndarray]: (T, D) float32 features by suffix, visual files first.

        Raises:
            InputError: Features are not finite.
        """
        visual = zip(*self.visual.encode(frames, windows), strict=True)
        found = dict(zip(self.kind.visual.suffixes, map(np.concatenate, visual), strict=True))
        found[self.kind.audio.suffixes[0]] = np.concatenate(list(map(self.audio.encode, sound)))
        for suffix, features in found.items():
            found[suffix] = as_float32(f"{name}: features {suffix}", features)
            if len(features) != windows.count:
                raise RuntimeError(
                    f"expected {windows.count} steps of {suffix}, got {len(features)}"
                )
        return found

    def no_features(self) -> dict[str, np.ndarray]:
        """Features of no steps."""
        widths = [*zip(self.kind.visual.suffixes, self.visual.dims, strict=True)]
        widths.append((self.kind.audio.suffixes[0], self.audio.dim))
        return {suffix: np.zeros((0, width), np.float32) for suffix, width in widths}


def _check_size(grid: TemporalGrid) -> None:
    seconds, steps = grid.num_frames / grid.fps, grid.fps / grid.stride
    is_long = grid.num_frames > MOST_FRAMES or seconds > MOST_SECONDS
    if is_long or grid.fps > MOST_FPS or steps > MOST_STEPS:
        raise InputError(
            f"extractor: grid: expected at most {MOST_FRAMES} frames and {MOST_SECONDS} s per "
            f"step, {MOST_FPS} frames and {MOST_STEPS} steps per second, got {asdict(grid)}"
        )
