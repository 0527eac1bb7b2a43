"""A world of audio-visual events, made up: what happens in a video, and its features.

A class has a latent vector, and from it a prototype in each modality. An event is heard and seen;
its sound and its sight begin and end at different times, and only where both are there is it
annotated. Sounds without a sight and sights without a sound, of the same classes, are not
annotated. Loudness varies so much that the sum of what is heard and seen does not tell an event
from a loud sound: both must be compared.

Shape letters: T grid steps, N events, I instances of one modality, K classes, D channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from ..structures import TemporalGrid

MODALITIES = ("visual", "audio")
LATENT_DIM = 16
# Streams of random numbers that must not meet.
_CLASS_STREAM, _PROJECTION_STREAM, _SCRIPT_STREAM, _FEATURE_STREAM = range(4)


class Instance(NamedTuple):
    """Something that is heard or seen.

    Attributes:
        start (float): Seconds.
        end (float): Seconds.
        label (int): Class.
        source (int): Number of what it belongs to; the sound and the sight of an event share it.
    """

    start: float
    end: float
    label: int
    source: int


class Script(NamedTuple):
    """What happens in a video.

    Attributes:
        duration (float): Seconds.
        segments (ndarray): (N, 2) annotated events, in seconds.
        labels (ndarray): (N,) their classes.
        instances (dict[str, list[Instance]]): By modality, those of events and distractors.
    """

    duration: float
    segments: np.ndarray
    labels: np.ndarray
    instances: dict[str, list[Instance]]


@dataclass(frozen=True)
class SyntheticWorld:
    """Settings of a world; all of it follows from them and from a video's key.

    Args:
        seed (int): Seed.
        num_classes (int): Classes K.
        durations (tuple[float, float]): Range of the videos' durations, in seconds.
        events (tuple[int, int]): Range of the number of events tried for in a video.
        distractors (tuple[int, int]): The same of the sounds alone, and of the sights alone.
        min_event (float): Least duration of an event, in seconds; log-uniform up to the video's.
        jitter (float): Most that a sound outlasts its sight at an end, or the other way round,
            as a share of the event.
        signal (float): Length of a prototype, in standard deviations of a channel's noise.
        loudness (float): Factor by which instances are louder or fainter, at most.
        variation (float): Length of an instance's own direction, as a share of the prototype's.
        background (float): Length of a video's constant vector, in the unit of ``signal``.
        correlation (float): Correlation of the noise from step to step.
    """

    seed: int = 0
    num_classes: int = 25
    durations: tuple[float, float] = (8.0, 30.0)
    events: tuple[int, int] = (1, 4)
    distractors: tuple[int, int] = (1, 4)
    min_event: float = 0.5
    jitter: float = 0.3
    signal: float = 10.0
    loudness: float = 1.6
    variation: float = 0.5
    background: float = 4.0
    correlation: float = 0.7

    def __post_init__(self) -> None:
        checks = {
            "num_classes": self.num_classes >= 1,
            "durations": 0 < self.durations[0] <= self.durations[1],
            "events": 0 <= self.events[0] <= self.events[1],
            "distractors": 0 <= self.distractors[0] <= self.distractors[1],
            "min_event": 0 < self.min_event < self.durations[0],
            "jitter": self.jitter >= 0,
            "signal": self.signal > 0,
            "loudness": self.loudness >= 1,
            "variation": self.variation >= 0,
            "background": self.background >= 0,
            "correlation": 0 <= self.correlation < 1,
        }
        for name, fits in checks.items():
            if not fits:
                raise InputError(f"synthetic world: {name}={getattr(self, name)!r} is out of range")

    def script(self, key: Sequence[int]) -> Script:
        """What happens in a made-up video.

        Args:
            key (Sequence[int]): Numbers that name the video.
        """
        rng = np.random.default_rng([self.seed, _SCRIPT_STREAM, *key])
        duration = round(float(rng.uniform(*self.durations)), 2)
        placed = []
        for _ in range(rng.integers(*self.events, endpoint=True)):
            label = int(rng.integers(self.num_classes))
            segment = self._place(rng, duration)
            if _clear(placed, segment, label):
                placed.append((segment, label))
        segments = np.array([segment for segment, _ in placed]).reshape(-1, 2)
        labels = np.array([label for _, label in placed], dtype=np.int64)
        return self.script_of(key, duration, segments, labels)

    def script_of(
        self, key: Sequence[int], duration: float, segments: np.ndarray, labels: np.ndarray
    ) -> Script:
        """What happens in a video whose events are given.

        Args:
            key (Sequence[int]): Numbers that name the video.
            duration (float): Seconds.
            segments (ndarray): (N, 2) events, in seconds.
            labels (ndarray): (N,) their classes.
        """
        rng = np.random.default_rng([self.seed, _SCRIPT_STREAM, *key, 1])
        instances: dict[str, list[Instance]] = {name: [] for name in MODALITIES}
        taken = []
        for source, (segment, label) in enumerate(zip(segments, labels, strict=True)):
            others = np.delete(segments[labels == label], _nth(labels, source), axis=0)
            spans = self._outlast(rng, duration, segment, others)
            for name, (start, end) in spans.items():
                instances[name].append(Instance(start, end, int(label), source))
                taken.append(((start, end), int(label)))
        source = len(labels)
        for name in MODALITIES:
            for _ in range(rng.integers(*self.distractors, endpoint=True)):
                label = int(rng.integers(self.num_classes))
                start, end = self._place(rng, duration)
                # Where the class is both heard and seen it would have to be annotated.
                if _clear(taken, (start, end), label):
                    taken.append(((start, end), label))
                    instances[name].append(Instance(start, end, label, source))
                    source += 1
        return Script(duration, segments, labels, instances)

    def _place(self, rng: np.random.Generator, duration: float) -> tuple[float, float]:
        """A span of log-uniform length, in seconds."""
        low = min(self.min_event, duration)
        length = float(np.exp(rng.uniform(np.log(low), np.log(duration))))
        start = float(rng.uniform(0, duration - length))
        return round(start, 3), round(min(start + length, duration), 3)

    def _outlast(
        self, rng: np.random.Generator, duration: float, segment: np.ndarray, others: np.ndarray
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
        number = MODALITIES.index(modality)
        rng = np.random.default_rng([self.seed, _PROJECTION_STREAM, number, dim])
        projection = rng.normal(size=(LATENT_DIM, dim))
        rows = []
        for label in range(self.num_classes):
            latent = np.random.default_rng([self.seed, _CLASS_STREAM, label]).normal(
                size=LATENT_DIM
            )
            own = np.random.default_rng([self.seed, _CLASS_STREAM, label, number, dim])
            rows.append(_unit(latent @ projection) + _unit(own.normal(size=dim)))
        return np.stack([_unit(row) for row in rows])

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
        steps = num_steps(script.duration, grid)
        instances = script.instances[modality]
        # Background and noise first: they do not depend on what happens.
        values = self.background * _unit(rng.normal(size=dim)) + self._noise(rng, steps, dim)
        if instances:
            prototypes = self.prototypes(modality, dim)
            own = rng.normal(size=(len(instances), dim)) / np.sqrt(dim)
            loud = self.loudness ** rng.uniform(-1, 1, size=(len(instances), 1))
            direction = prototypes[[one.label for one in instances]] + self.variation * own
            values += activity(instances, steps, grid) @ (self.signal * loud * direction)
        return values.astype(np.float32)

    def _noise(self, rng: np.random.Generator, steps: int, dim: int) -> np.ndarray:
        """(T, D) noise of unit variance, correlated in time."""
        fresh = rng.normal(size=(steps, dim))
        noise = np.empty_like(fresh)
        noise[0] = fresh[0]
        scale = np.sqrt(1 - self.correlation**2)
        for step in range(1, steps):
            noise[step] = self.correlation * noise[step - 1] + scale * fresh[step]
        return noise


def num_steps(duration: float, grid: TemporalGrid) -> int:
    """Features of a video of that many seconds, at least one."""
    return max(1, int((duration * grid.fps - grid.num_frames) // grid.stride) + 1)


def activity(instances: Sequence[Instance], steps: int, grid: TemporalGrid) -> np.ndarray:
    """(T, I) share of each feature's frames in which an instance is there."""
    centre = grid.to_seconds(np.arange(steps))[:, None]
    half = 0.5 * grid.num_frames / grid.fps
    start = np.array([one.start for one in instances])
    end = np.array([one.end for one in instances])
    shared = np.minimum(centre + half, end) - np.maximum(centre - half, start)
    return np.clip(shared, 0, None) / (2 * half)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _nth(labels: np.ndarray, index: int) -> int:
    """Which of the entries of its label an entry is."""
    return int((labels[:index] == labels[index]).sum())


def _clear(placed: list, span: Sequence[float], label: int) -> bool:
    """Whether a span meets no placed one of its class."""
    return all(
        other != label or span[1] <= start or end <= span[0] for (start, end), other in placed
    )
