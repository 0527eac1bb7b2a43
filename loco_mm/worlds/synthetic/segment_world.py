"""A world of videos with one event each and one label per second, as in AVE.

A class is a combination of one of a few sounds and one of a few sights, so that no single modality
identifies it. Segments in which an event is only audible or only visible are background.

Shape letters: T segments, K classes, S sounds or sights, H and W cells of a map, D channels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .appearance import unit
from .setting_checks import check_all, is_count, is_number

# Keys of independent random streams, which differ from those of the other world.
_SCRIPT_STREAM, _FEATURE_STREAM, _PROTOTYPE_STREAM = range(10, 13)
_SILENCE = -1
# Standard deviation of the area that a sight covers, in cells.
_SIGHT_SIZE = 1.0


class SegmentScript(NamedTuple):
    """Content of a video.

    Attributes:
        heard: (T,) index of the sound in each segment, -1 for none.
        seen: (T,) index of the sight in each segment, -1 for none.
    """

    heard: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class SegmentWorld:
    """Settings of a world, which together with a video's key determine its content.

    Args:
        seed: Random seed.
        num_classes: Number of classes K.
        alone: Probability that a stretch of background has only a sound, and likewise only a sight.
        signal: Length of a prototype, in standard deviations of a channel's noise.
        loudness: Maximum factor by which a video's sound or sight is stronger or weaker.
        variation: Length of a video's own direction, relative to the prototype's.
        background: Length of a video's constant vector, in the unit of ``signal``.

    Raises:
        InputError: A setting is out of range.
    """

    seed: int = 0
    num_classes: int = 28
    alone: float = 0.4
    signal: float = 6.0
    loudness: float = 1.6
    variation: float = 0.5
    background: float = 2.0

    def __post_init__(self) -> None:
        fits = {
            "seed": is_count(self.seed),
            "num_classes": is_count(self.num_classes, 1),
            "alone": is_number(self.alone, 0) and self.alone <= 0.5,
            "signal": is_number(self.signal, 0) and self.signal > 0,
            "loudness": is_number(self.loudness, 1),
            "variation": is_number(self.variation, 0),
            "background": is_number(self.background, 0),
        }
        check_all(self, fits)

    def pair(self, label: int) -> tuple[int, int]:
        """Indices of the sound and the sight of a class."""
        return divmod(label, math.isqrt(self.num_classes - 1) + 1)

    def script(self, key: Sequence[int], label: int | None, active: np.ndarray) -> SegmentScript:
        """Generate the content of a video.

        Args:
            key: Numbers that identify the video.
            label: Its class; None for a video without an event, whose stretches have different
                content.
            active: (T,) bool, True for segments with the event.
        """
        rng = np.random.default_rng([self.seed, _SCRIPT_STREAM, *key])
        heard, seen = (np.full(len(active), _SILENCE) for _ in range(2))
        for start, end in _stretches(rng, active):
            drawn = int(rng.integers(self.num_classes))
            sound, sight = self.pair(drawn if label is None else label)
            draw = rng.random()
            if active[start] or draw < self.alone:
                heard[start:end] = sound
            if active[start] or self.alone <= draw < 2 * self.alone:
                seen[start:end] = sight
        return SegmentScript(heard, seen)

    def audio(self, key: Sequence[int], script: SegmentScript, dim: int) -> np.ndarray:
        """(T, D) float32 audio features, not negative."""
        rng = np.random.default_rng([self.seed, _FEATURE_STREAM, 1, dim, *key])
        values = self._scene(rng, dim) + rng.normal(size=(len(script.heard), dim))
        values += self._shown(rng, script.heard, 1, dim)
        return np.maximum(values, 0).astype(np.float32)

    def visual(self, key: Sequence[int], script: SegmentScript, dim: int, cells: int) -> np.ndarray:
        """(T, H, W, D) float32 visual features of H = W cells, not negative.

        A sight covers a part of the map, and moves slightly.
        """
        rng = np.random.default_rng([self.seed, _FEATURE_STREAM, 0, dim, *key])
        steps = len(script.seen)
        values = self._scene(rng, dim) + rng.normal(size=(steps, cells, cells, dim))
        shown = self._shown(rng, script.seen, 0, dim)
        centre = rng.uniform(0, cells - 1, 2) + 0.3 * rng.normal(size=(steps, 2)).cumsum(axis=0)
        cell = np.stack(np.meshgrid(*[np.arange(cells)] * 2, indexing="ij"), axis=-1)
        apart = ((cell - np.clip(centre, 0, cells - 1)[:, None, None]) ** 2).sum(axis=-1)
        values += np.exp(-apart / (2 * _SIGHT_SIZE**2))[..., None] * shown[:, None, None]
        return np.maximum(values, 0).astype(np.float32)

    def _scene(self, rng: np.random.Generator, dim: int) -> np.ndarray:
        return self.background * unit(rng.normal(size=dim))

    def _shown(
        self, rng: np.random.Generator, numbers: np.ndarray, modality: int, dim: int
    ) -> np.ndarray:
        """(T, D) contributions of sounds or sights."""
        loud = self.loudness ** rng.uniform(-1, 1)
        own = self.variation * unit(rng.normal(size=dim))
        shown = np.zeros((len(numbers), dim))
        for number in set(numbers.tolist()) - {_SILENCE}:
            stream = [self.seed, _PROTOTYPE_STREAM, modality, dim, number]
            prototype = unit(np.random.default_rng(stream).normal(size=dim))
            shown[numbers == number] = self.signal * loud * (prototype + own)
        return shown


def _stretches(rng: np.random.Generator, active: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of active or of inactive segments; long inactive ones are split in two."""
    borders = [0, *(np.flatnonzero(np.diff(active.astype(int))) + 1).tolist(), len(active)]
    stretches = []
    for start, end in zip(borders, borders[1:], strict=False):
        cut = int(rng.integers(start + 1, end)) if not active[start] and end - start > 3 else end
        stretches += [(start, cut), (cut, end)] if cut < end else [(start, end)]
    return stretches
