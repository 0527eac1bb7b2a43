"""A world of audio-visual events, made up: what happens in a video, and its features.

A class has a latent vector, and from it a prototype in each modality. An event is heard and seen;
its sound and its sight begin and end at different times, and only where both are there is it
annotated. Sounds without a sight and sights without a sound, of the same classes, are not
annotated, and neither are decoys: a sound and a sight of one class at one time that come from
different sources, as their variants tell. Each modality alone looks the same in events and decoys,
and so does their sum: what is heard must be compared with what is seen.

Shape letters: T grid steps, N events, I instances of one modality, K classes, D channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral
from typing import NamedTuple

import numpy as np

from ...structures import MODALITIES, Events, TemporalGrid
from .setting_checks import check_all, is_count, is_number, is_range

LATENT_DIM = 16
# Streams of random numbers that must not meet.
_CLASS_STREAM, _PROJECTION_STREAM, _SCRIPT_STREAM, _FEATURE_STREAM, _VARIANT_STREAM = range(5)


class Instance(NamedTuple):
    """Something that is heard or seen.

    Attributes:
        start (float): Seconds.
        end (float): Seconds.
        label (int): Class.
        variant (int): 0 or 1; the sound and the sight of an event share it, those of a decoy do
            not.
        source (int): Number of the event, decoy or distractor that it belongs to.
    """

    start: float
    end: float
    label: int
    variant: int
    source: int


class Script(NamedTuple):
    """What happens in a video.

    Attributes:
        duration (float): Seconds.
        events (Events): The annotated events, in seconds.
        instances (dict[str, list[Instance]]): By modality, those of events and distractors.
    """

    duration: float
    events: Events
    instances: dict[str, list[Instance]]


@dataclass(frozen=True)
class SyntheticWorld:
    """Settings of a world; all of it follows from them and from a video's key.

    Args:
        seed (int): Seed.
        num_classes (int): Classes K.
        durations (tuple[float, float]): Range of the videos' durations, in seconds.
        events (tuple[int, int]): Range of the number of events tried for in a video.
        decoys (tuple[int, int]): The same of the decoys.
        distractors (tuple[int, int]): The same of the sounds alone, and of the sights alone.
        min_event (float): Least duration of an event, in seconds, in a video that is not shorter
            itself; log-uniform up to the video's.
        jitter (float): Most that a sound outlasts its sight at an end, or the other way round,
            as a share of the event.
        signal (float): Length of a prototype, in standard deviations of a channel's noise.
        loudness (float): Factor by which instances are louder or fainter, at most.
        variation (float): Length of an instance's own direction, as a share of the prototype's.
        background (float): Length of a video's constant vector, in the unit of ``signal``.
        correlation (float): Correlation of the noise from step to step.

    Raises:
        InputError: A setting is out of range.
    """

    seed: int = 0
    num_classes: int = 25
    durations: tuple[float, float] = (8.0, 30.0)
    events: tuple[int, int] = (1, 3)
    decoys: tuple[int, int] = (0, 2)
    distractors: tuple[int, int] = (0, 2)
    min_event: float = 0.5
    jitter: float = 0.3
    signal: float = 12.0
    loudness: float = 1.6
    variation: float = 0.3
    background: float = 4.0
    correlation: float = 0.7

    def __post_init__(self) -> None:
        fits = {
            "seed": is_count(self.seed),
            "num_classes": is_count(self.num_classes, 1),
            "durations": is_range(self.durations) and self.durations[0] > 0,
            "events": is_range(self.events, Integral),
            "decoys": is_range(self.decoys, Integral),
            "distractors": is_range(self.distractors, Integral),
            "min_event": is_number(self.min_event, 0) and self.min_event > 0,
            "jitter": is_number(self.jitter, 0),
            "signal": is_number(self.signal, 0) and self.signal > 0,
            "loudness": is_number(self.loudness, 1),
            "variation": is_number(self.variation, 0),
            "background": is_number(self.background, 0),
            "correlation": is_number(self.correlation, 0) and self.correlation < 1,
        }
        check_all(self, fits)

    def script(self, key: Sequence[int]) -> Script:
        """What happens in a made-up video.

        Args:
            key (Sequence[int]): Numbers that name the video.
        """
        rng = np.random.default_rng([self.seed, _SCRIPT_STREAM, *key])
        duration = round(float(rng.uniform(*self.durations)), 2)
        placed: list[tuple[tuple[float, float], int]] = []
        for _ in range(rng.integers(*self.events, endpoint=True)):
            label = int(rng.integers(self.num_classes))
            segment = self._place(rng, duration)
            if _clear(placed, segment, label):
                placed.append((segment, label))
        segments = np.array([segment for segment, _ in placed]).reshape(-1, 2)
        labels = np.array([label for _, label in placed], dtype=np.int64)
        return self.script_of(key, duration, Events(segments, labels))

    def script_of(self, key: Sequence[int], duration: float, events: Events) -> Script:
        """What happens in a video whose events are given.

        Args:
            key (Sequence[int]): Numbers that name the video.
            duration (float): Seconds.
            events (Events): The events, in seconds.
        """
        segments, labels = events.segments, events.labels
        rng = np.random.default_rng([self.seed, _SCRIPT_STREAM, *key, 1])
        instances: dict[str, list[Instance]] = {name: [] for name in MODALITIES}
        taken: list[tuple[tuple[float, float], int]] = []

        def add(spans: dict[str, tuple[float, float]], label: int, variants: Sequence[int]):
            source = len({one.source for group in instances.values() for one in group})
            for name, variant in zip(MODALITIES, variants, strict=True):
                if name in spans:
                    instances[name].append(Instance(*spans[name], label, int(variant), source))
                    taken.append((spans[name], label))

        for index, (segment, label) in enumerate(zip(segments, labels.tolist(), strict=True)):
            others = np.delete(segments, index, axis=0)[np.delete(labels, index) == label]
            add(self._outlast(rng, duration, segment, others), label, [int(rng.integers(2))] * 2)
        for _ in range(rng.integers(*self.decoys, endpoint=True)):
            label, span = int(rng.integers(self.num_classes)), self._place(rng, duration)
            variant = int(rng.integers(2))
            # Where the class is both heard and seen it may have to be annotated.
            if _clear(taken, span, label):
                others = np.array([s for s, other in taken if other == label]).reshape(-1, 2)
                add(self._outlast(rng, duration, span, others), label, [variant, 1 - variant])
        for name in MODALITIES:
            for _ in range(rng.integers(*self.distractors, endpoint=True)):
                label, span = int(rng.integers(self.num_classes)), self._place(rng, duration)
                variant = int(rng.integers(2))
                if _clear(taken, span, label):
                    add({name: span}, label, [variant] * 2)
        return Script(duration, events, instances)

    def _place(self, rng: np.random.Generator, duration: float) -> tuple[float, float]:
        """A span of log-uniform length, in seconds."""
        low = min(self.min_event, duration)
        length = float(np.exp(rng.uniform(np.log(low), np.log(duration))))
        start = float(rng.uniform(0, duration - length))
        return round(start, 3), round(min(start + length, duration), 3)

    def _outlast(
        self,
        rng: np.random.Generator,
        duration: float,
        segment: Sequence[float],
        others: np.ndarray,
    ) -> dict[str, tuple[float, float]]:
        """Spans of an event's sight and sound that have ``segment`` in common, and no more.

        They stay clear of the ``others`` (N, 2) of the class, whose sound would else meet the
        sight of this one where nothing is annotated.
        """
        start, end = (float(value) for value in segment)
        before = others[others[:, 0] <= start, 1]
        after = others[others[:, 1] >= end, 0]
        room = (
            0.5 * max(0.0, start - before.max(initial=-np.inf)),
            0.5 * max(0.0, after.min(initial=np.inf) - end),
        )
        early, late = np.minimum(rng.uniform(0, self.jitter, 2) * (end - start), room)
        first, last = rng.integers(len(MODALITIES), size=2)
        return {
            name: (
                max(0.0, start - float(early)) if number == first else start,
                min(duration, end + float(late)) if number == last else end,
            )
            for number, name in enumerate(MODALITIES)
        }

    def prototypes(self, modality: str, dim: int) -> np.ndarray:
        """(K, D) prototypes of unit length: half the class's latent, half the modality's own."""
        return _prototypes(self.seed, self.num_classes, MODALITIES.index(modality), dim)

    def variant_axis(self, modality: str, dim: int) -> np.ndarray:
        """(D,) direction of unit length; variant 0 lies along it, variant 1 against it."""
        number = MODALITIES.index(modality)
        rng = np.random.default_rng([self.seed, _VARIANT_STREAM, number, dim])
        return unit(rng.normal(size=dim))

    def features(
        self, key: Sequence[int], script: Script, modality: str, dim: int, grid: TemporalGrid
    ) -> np.ndarray:
        """(T, D) float32 features of a modality.

        Args:
            key (Sequence[int]): Numbers that name the video.
            script (Script): What happens in it.
            modality (str): ``'visual'`` or ``'audio'``.
            dim (int): Channels D.
            grid (TemporalGrid): Grid of the features.
        """
        number = MODALITIES.index(modality)
        rng = np.random.default_rng([self.seed, _FEATURE_STREAM, number, dim, *key])
        steps = grid.num_steps(script.duration)
        instances = script.instances[modality]
        # Background and noise first: they do not depend on what happens.
        values = self.background * unit(rng.normal(size=dim)) + self._noise(rng, steps, dim)
        if instances:
            prototypes = self.prototypes(modality, dim)
            own = rng.normal(size=(len(instances), dim)) / np.sqrt(dim)
            loud = self.loudness ** rng.uniform(-1, 1, size=(len(instances), 1))
            sign = np.array([[1 - 2 * one.variant] for one in instances])
            direction = prototypes[[one.label for one in instances]] + self.variation * own
            direction += sign * self.variant_axis(modality, dim)
            values += activity(instances, steps, grid) @ (self.signal * loud * direction)
        return values.astype(np.float32)

    def _noise(self, rng: np.random.Generator, steps: int, dim: int) -> np.ndarray:
        """(T, D) noise of unit variance, correlated in time."""
        noise = rng.normal(size=(steps, dim))
        scale = np.sqrt(1 - self.correlation**2)
        for step in range(1, steps):
            noise[step] = self.correlation * noise[step - 1] + scale * noise[step]
        return noise


@lru_cache(maxsize=8)
def _prototypes(seed: int, num_classes: int, number: int, dim: int) -> np.ndarray:
    """(K, D) prototypes of a modality by its number; every video needs them, so they are kept."""
    rng = np.random.default_rng([seed, _PROJECTION_STREAM, number, dim])
    projection = rng.normal(size=(LATENT_DIM, dim))
    rows = []
    for label in range(num_classes):
        latent = np.random.default_rng([seed, _CLASS_STREAM, label]).normal(size=LATENT_DIM)
        own = np.random.default_rng([seed, _CLASS_STREAM, label, number, dim])
        rows.append(unit(unit(latent @ projection) + unit(own.normal(size=dim))))
    prototypes = np.stack(rows)
    prototypes.flags.writeable = False
    return prototypes


def activity(instances: Sequence[Instance], steps: int, grid: TemporalGrid) -> np.ndarray:
    """(T, I) share of each feature's frames in which an instance is there."""
    centre = grid.to_seconds(np.arange(steps))[:, None]
    half = 0.5 * grid.num_frames / grid.fps
    start = np.array([one.start for one in instances])
    end = np.array([one.end for one in instances])
    shared = np.minimum(centre + half, end) - np.maximum(centre - half, start)
    return np.clip(shared, 0, None) / (2 * half)


def unit(vector: np.ndarray) -> np.ndarray:
    """A vector of length 1 in the same direction."""
    return vector / np.linalg.norm(vector)


def _clear(placed: list, span: Sequence[float], label: int) -> bool:
    """Whether a span meets no placed one of its class."""
    return all(
        other != label or span[1] <= start or end <= span[0] for (start, end), other in placed
    )
