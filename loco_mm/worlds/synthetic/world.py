"""A synthetic world of audio-visual events: content of videos, and their features.

A class has a latent vector, from which a prototype is derived for each modality. An event is both
audible and visible; its sound and its sight start and end at different times, and the annotation is
their intersection. A video has few classes. Sounds without a sight and sights without a sound, away
from events, are not annotated, and neither are decoys: a sound and a sight of the same class at the
same time from different sources, which differ in their variants. Each modality alone is the same in
events and decoys, and so is their sum: the modalities must be compared with each other. Noise hides
this information in single steps, but not in several consecutive ones.

Shape letters: T grid steps, N events, I instances of one modality, K classes, D channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import NamedTuple

import numpy as np

from ...structures import MODALITIES, Events, TemporalGrid
from .appearance import FEATURE_STREAM, SCRIPT_STREAM, make_noise, prototypes, unit, variant_axes
from .setting_checks import check_all, is_count, is_number, is_range
from .timeline import NUM_CLASSES, Span, make_chain, make_duration, place_apart

# Probabilities that a video has 0, 1 and 2 further classes without events, up to three classes in
# total; and that an unannotated instance is a sound alone, a sight alone, and a decoy.
MAX_CLASSES, FURTHER_CLASSES, KINDS = 3, (0.1, 0.3, 0.6), (0.3, 0.3, 0.4)


class Instance(NamedTuple):
    """Something audible or visible.

    Attributes:
        start: Start in seconds.
        end: End in seconds.
        label: Class label.
        variant: 0 or 1; equal for the sound and the sight of an event, different for a decoy.
        source: Index of its event, decoy or distractor.
    """

    start: float
    end: float
    label: int
    variant: int
    source: int


class Script(NamedTuple):
    """Content of a video.

    Attributes:
        duration: Duration in seconds.
        events: The annotated events, in seconds.
        instances: By modality, those of events and distractors.
    """

    duration: float
    events: Events
    instances: dict[str, list[Instance]]


@dataclass(frozen=True)
class SyntheticWorld:
    """Settings of a world, which together with a video's key determine its content.

    Args:
        seed: Random seed.
        num_classes: Number of classes K.
        durations: Range of the videos' durations, in seconds.
        pace: Speed relative to UnAV-100, see :mod:`.timeline`.
        alone: Range of the number of sounds alone, sights alone and decoys that are attempted for
            each class with events, at least a gap away from these.
        jitter: Maximum difference between the ends of sound and sight, relative to the event's
            length.
        signal: Length of a prototype, in standard deviations of a channel's noise.
        variant_signal: Length of the vectors that distinguish variants, in the same unit.
        loudness: Maximum factor by which instances are stronger or weaker.
        variation: Length of an instance's own direction, relative to the prototype's.
        background: Length of a video's constant vector, in the unit of ``signal``.

    Raises:
        InputError: A setting is out of range.
    """

    seed: int = 0
    num_classes: int = 25
    durations: tuple[float, float] = (10.0, 60.0)
    pace: float = 1.0
    alone: tuple[int, int] = (1, 3)
    jitter: float = 0.3
    signal: float = 3.0
    variant_signal: float = 2.0
    loudness: float = 1.3
    variation: float = 0.2
    background: float = 2.0

    def __post_init__(self) -> None:
        fits = {
            "seed": is_count(self.seed),
            "num_classes": is_count(self.num_classes, 1),
            "durations": is_range(self.durations) and self.durations[0] > 0,
            "pace": is_number(self.pace, 0) and self.pace > 0,
            "alone": is_range(self.alone, Integral),
            "jitter": is_number(self.jitter, 0),
            "signal": is_number(self.signal, 0) and self.signal > 0,
            "variant_signal": is_number(self.variant_signal, 0),
            "loudness": is_number(self.loudness, 1),
            "variation": is_number(self.variation, 0),
            "background": is_number(self.background, 0),
        }
        check_all(self, fits)

    def script(self, key: Sequence[int]) -> Script:
        """Generate the content of a video.

        Args:
            key: Numbers that identify the video.
        """
        rng = np.random.default_rng([self.seed, SCRIPT_STREAM, *key])
        duration = make_duration(rng, *self.durations)
        number = min(1 + int(rng.choice(len(NUM_CLASSES), p=NUM_CLASSES)), self.num_classes)
        placed = [
            (*span, int(label))
            for label in rng.choice(self.num_classes, number, replace=False)
            for span in make_chain(rng, duration, number, self.pace)
        ]
        rows = np.array(sorted(placed))
        return self.script_of(key, duration, Events(rows[:, :2], rows[:, 2].astype(np.int64)))

    def script_of(self, key: Sequence[int], duration: float, events: Events) -> Script:
        """Generate the content of a video with given events.

        Args:
            key: Numbers that identify the video.
            duration: Duration in seconds.
            events: The events, in seconds.
        """
        segments, labels = events.segments, events.labels
        rng = np.random.default_rng([self.seed, SCRIPT_STREAM, *key, 1])
        instances: dict[str, list[Instance]] = {name: [] for name in MODALITIES}
        taken: dict[int, list[Span]] = {label: [] for label in labels.tolist()}

        def add(spans: dict[str, Span], label: int, variants: Sequence[int]):
            source = len({one.source for group in instances.values() for one in group})
            for name, variant in zip(MODALITIES, variants, strict=True):
                if name in spans:
                    instances[name].append(Instance(*spans[name], label, int(variant), source))
                    taken[label].append(spans[name])

        def add_unannotated(span: Span, label: int, others: Sequence[Span]):
            kind, variant = int(rng.choice(len(KINDS), p=KINDS)), int(rng.integers(2))
            if kind < len(MODALITIES):
                add({MODALITIES[kind]: span}, label, [variant] * 2)
            else:
                spans = self._outlast(rng, duration, span, np.array(others).reshape(-1, 2))
                add(spans, label, [variant, 1 - variant])

        for index, (segment, label) in enumerate(zip(segments, labels.tolist(), strict=True)):
            others = np.delete(segments, index, axis=0)[np.delete(labels, index) == label]
            add(self._outlast(rng, duration, segment, others), label, [int(rng.integers(2))] * 2)
        own = list(taken)
        for label in own:
            for _ in range(rng.integers(*self.alone, endpoint=True)):
                if span := place_apart(rng, duration, taken[label], self.pace):
                    add_unannotated(span, label, taken[label])
        for label in self._further_classes(rng, own):
            taken[label] = []
            chain = make_chain(rng, duration, max(1, len(own)), self.pace)
            for index, span in enumerate(chain):
                add_unannotated(span, label, chain[:index] + chain[index + 1 :])
        return Script(duration, events, instances)

    def _further_classes(self, rng: np.random.Generator, own: Sequence[int]) -> list[int]:
        """Classes of a video without events in it."""
        number = int(rng.choice(len(FURTHER_CLASSES), p=FURTHER_CLASSES))
        others = np.setdiff1d(np.arange(self.num_classes), own)
        number = min(number, max(0, MAX_CLASSES - len(own)), len(others))
        return rng.choice(others, number, replace=False).tolist()

    def _outlast(
        self,
        rng: np.random.Generator,
        duration: float,
        segment: Sequence[float],
        others: np.ndarray,
    ) -> dict[str, Span]:
        """Intervals of an event's sight and sound, whose intersection is ``segment``.

        They keep a distance to the ``others`` (N, 2) of the class. Otherwise the sound of one and
        the sight of another could intersect without an annotation.
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
        """(K, D) unit prototypes, half from the class's latent vector, half modality-specific."""
        return prototypes(self.seed, self.num_classes, MODALITIES.index(modality), dim)

    def variant_axes(self, modality: str, dim: int) -> np.ndarray:
        """(K, D) unit directions, half of which is shared by all classes.

        Variant 0 of a class is added along its direction, variant 1 against it.
        """
        return variant_axes(self.seed, self.num_classes, MODALITIES.index(modality), dim)

    def features(
        self, key: Sequence[int], script: Script, modality: str, dim: int, grid: TemporalGrid
    ) -> np.ndarray:
        """(T, D) float32 features of a modality.

        Args:
            key: Numbers that identify the video.
            script: Its content.
            modality: ``'visual'`` or ``'audio'``.
            dim: Number of channels D.
            grid: Grid of the features.
        """
        number = MODALITIES.index(modality)
        rng = np.random.default_rng([self.seed, FEATURE_STREAM, number, dim, *key])
        steps = grid.num_steps(script.duration)
        instances = script.instances[modality]
        # Background and noise come first, as they do not depend on the content.
        values = self.background * unit(rng.normal(size=dim)) + make_noise(rng, steps, dim, grid)
        if instances:
            labels = [one.label for one in instances]
            own = rng.normal(size=(len(instances), dim)) / np.sqrt(dim)
            loud = self.loudness ** rng.uniform(-1, 1, size=(len(instances), 1))
            sign = np.array([[1 - 2 * one.variant] for one in instances])
            shown = self.signal * (self.prototypes(modality, dim)[labels] + self.variation * own)
            shown += self.variant_signal * sign * self.variant_axes(modality, dim)[labels]
            values += activity(instances, steps, grid) @ (loud * shown)
        return values.astype(np.float32)


def activity(instances: Sequence[Instance], steps: int, grid: TemporalGrid) -> np.ndarray:
    """(T, I) fraction of each feature's frames in which an instance is present."""
    centre = grid.to_seconds(np.arange(steps))[:, None]
    half = 0.5 * grid.num_frames / grid.fps
    start = np.array([one.start for one in instances])
    end = np.array([one.end for one in instances])
    shared = np.minimum(centre + half, end) - np.maximum(centre - half, start)
    return np.clip(shared, 0, None) / (2 * half)
