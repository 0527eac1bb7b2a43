"""What a stream of events is found in: a running video, or features that arrive over time.

Shape letters: T steps, N steps of a chunk, Dv and Da channels of the features.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..arrays import as_numbers, bad_argument
from ..errors import InputError
from ..features import LiveFeatures
from ..fileio import id_of_path
from ..media import MediaChunks, open_live
from ..structures import MODALITIES
from .inputs import as_inputs
from .media_features import MediaFeatures

# Visual and audio features (T, Dv) and (T, Da).
Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class FeatureChunks:
    """Features that arrive over time.

    Attributes:
        chunks: Pairs of visual and audio features, (N, Dv) and (N, Da). Each continues the one
            before.
        grid (TemporalGrid | Mapping): Their grid; by default the model's.
        duration: Duration of the video in seconds; by default what the features cover.
        video_id: Id of the video.
    """

    chunks: Iterable[tuple[Any, Any]]
    grid: Any = None
    duration: float | None = None
    video_id: str = "video"


class StepSource(Protocol):
    """Features of a video, in order.

    Attributes:
        video_id: Id of the video.
        grid: Grid of the features; None for the model's.
    """

    video_id: str
    grid: Any

    def take(self, count: int) -> Pair:
        """Wait for the next steps; at the end fewer, or none."""

    @property
    def time(self) -> float | None:
        """Seconds of the video that were read; None for what the steps cover."""

    @property
    def duration(self) -> float | None:
        """Duration of the video in seconds, after its end; None for what the steps cover."""


class FeatureSteps:
    """Features from chunks of any lengths.

    Args:
        source: The chunks.
    """

    def __init__(self, source: FeatureChunks):
        self.video_id, self.grid = source.video_id, source.grid
        self.time, self.duration = None, source.duration
        self._chunks = self._checked(source.chunks)
        self._held: list[Pair] = []

    def take(self, count: int) -> Pair:
        """See :class:`StepSource`."""
        while sum(len(visual) for visual, _ in self._held) < count:
            if (chunk := next(self._chunks, None)) is None:
                break
            self._held.append(chunk)
        if not self._held:
            return np.zeros((0, 1)), np.zeros((0, 1))
        visual, audio = map(np.concatenate, zip(*self._held, strict=True))
        self._held = [(visual[count:], audio[count:])] if len(visual) > count else []
        return visual[:count], audio[:count]

    def _checked(self, chunks: Iterable) -> Iterator[Pair]:
        widths = None
        for number, chunk in enumerate(chunks):
            where = f"FeatureChunks.chunks[{number}]"
            if not isinstance(chunk, tuple) or len(chunk) != 2:
                raise bad_argument(where, type(chunk).__name__, "a pair (visual, audio)")
            pairs = zip(MODALITIES, chunk, strict=True)
            arrays = [as_numbers(f"{where}: {name}", x, ("N", "channels")) for name, x in pairs]
            if not any(array.size for array in arrays):
                continue
            (steps, *dims), (other, *more) = (array.shape for array in arrays)
            widths = widths or dims + more
            if steps != other or dims + more != widths:
                found = f"{arrays[0].shape} and {arrays[1].shape}"
                expected = f"one number of steps, and {widths[0]} and {widths[1]} channels"
                raise bad_argument(where, found, expected)
            yield arrays[0], arrays[1]


class MediaSteps:
    """Features of a running video.

    Args:
        video_id: Id of the video.
        live: Its features.
        suffixes: Suffixes of the visual and of the audio features that the model reads.
    """

    def __init__(self, video_id: str, live: LiveFeatures, suffixes: list[tuple[str, ...]]):
        self.video_id, self.grid = video_id, live.extractor.kind.grid
        self._live, self._suffixes = live, suffixes

    @property
    def time(self) -> float:
        """Seconds that were read."""
        return self._live.media.time

    @property
    def duration(self) -> float:
        """The same, which is the duration after the end."""
        return self.time

    def take(self, count: int) -> Pair:
        """See :class:`StepSource`."""
        found = self._live.take(count)
        visual, audio = (
            np.concatenate([found[suffix] for suffix in suffixes], axis=1)
            for suffixes in self._suffixes
        )
        return visual, audio


@contextmanager
def open_source(features: MediaFeatures, source: Any, timeout: float) -> Iterator[StepSource]:
    """Open the source of a stream.

    Args:
        features: Builds the extractor of media.
        source: See :class:`AVEventInferencer`.
        timeout: See :func:`open_live`.

    Raises:
        InputError: The source has another form, or is invalid; also while it is read.
    """
    if isinstance(source, FeatureChunks):
        yield FeatureSteps(source)
    elif _is_media(source):
        extractor = features.for_media("a running video")
        suffixes = [features.suffixes(modality) for modality in MODALITIES]
        with open_live(source, timeout) as media:
            yield MediaSteps(_name(source), LiveFeatures(extractor, media), suffixes)
    else:
        if isinstance(source, list):
            raise InputError("inputs: expected one running video, got a list")
        (video,) = as_inputs(source)
        loaded = features.load(video)
        chunks = [(loaded.visual, loaded.audio)]
        yield FeatureSteps(FeatureChunks(chunks, loaded.grid, loaded.duration, video.video_id))


def _is_media(source: Any) -> bool:
    is_file = isinstance(source, (str, Path)) and Path(source).suffix != ".npy"
    return is_file or isinstance(source, MediaChunks) or hasattr(source, "read")


def _name(source: Any) -> str:
    if isinstance(source, (str, Path)):
        return id_of_path(source)
    return getattr(source, "video_id", "video")
