"""A world of videos with one event each, labelled by the second, as AVE's are.

What is heard is one of a few sounds, what is seen one of a few sights, and a class is a pair of
them: neither modality alone tells it. Where an event is only heard or only seen is background.

Shape letters: T segments, K classes, S sounds or sights, H and W cells of a map, D channels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .appearance import unit
from .setting_checks import check_all, is_count, is_number

# Streams of random numbers that must not meet; apart from those of the other world.
_SCRIPT_STREAM, _FEATURE_STREAM, _PROTOTYPE_STREAM = range(10, 13)
_SILENCE = -1
# Cells around its centre that a sight covers, as a standard deviation.
_SIGHT_SIZE = 1.0


class SegmentScript(NamedTuple):
    """What happens in a video.

    Attributes:
        heard: (T,) number of the sound in each segment, -1 for none.
        seen: (T,) number of the sight in each segment, -1 for none.
    """

    heard: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class SegmentWorld:
    """Settings of a world; all of it follows from them and from a video's key.

    Args:
        seed: Seed.
        num_classes: Classes K.
        alone: Chance that a stretch of background is heard only, and the same that it is
            seen only.
        signal: Length of a prototype, in standard deviations of a channel's noise.
        loudness: Factor by which a video's sound or sight is stronger or fainter, at
            most.
        variation: Length of a video's own direction, as a share of the prototype's.
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
        """Sound and sight of a class."""
        return divmod(label, math.isqrt(self.num_classes - 1) + 1)

    def script(self, key: Sequence[int], label: int | None, active: np.ndarray) -> SegmentScript:
        """What happens in a video.

        Args:
            key: Numbers that name the video.
            label: Its class; None for a video without an event, in which each
                stretch has something else.
            active: (T,) bool: where its event is.
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
        """(T, D) float32 audio features, none below 0."""
        rng = np.random.default_rng([self.seed, _FEATURE_STREAM, 1, dim, *key])
        values = self._scene(rng, dim) + rng.normal(size=(len(script.heard), dim))
        values += self._shown(rng, script.heard, 1, dim)
        return np.maximum(values, 0).astype(np.float32)

    def visual(self, key: Sequence[int], script: SegmentScript, dim: int, cells: int) -> np.ndarray:
        """(T, H, W, D) float32 visual features of H = W cells, none below 0.

        A sight covers a part of the map, and moves a little.
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
        """(T, D) what sounds or sights add."""
        loud = self.loudness ** rng.uniform(-1, 1)
        own = self.variation * unit(rng.normal(size=dim))
        shown = np.zeros((len(numbers), dim))
        for number in set(numbers.tolist()) - {_SILENCE}:
            stream = [self.seed, _PROTOTYPE_STREAM, modality, dim, number]
            prototype = unit(np.random.default_rng(stream).normal(size=dim))
            shown[numbers == number] = self.signal * loud * (prototype + own)
        return shown


def _stretches(rng: np.random.Generator, active: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of segments that are all active, or none; long ones without are cut in two."""
    borders = [0, *(np.flatnonzero(np.diff(active.astype(int))) + 1).tolist(), len(active)]
    stretches = []
    for start, end in zip(borders, borders[1:], strict=False):
        cut = int(rng.integers(start + 1, end)) if not active[start] and end - start > 3 else end
        stretches += [(start, cut), (cut, end)] if cut < end else [(start, end)]
    return stretches
