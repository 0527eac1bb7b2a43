"""Content of a rendered video over time.

Each class is a shape and a sound. An event is the time in which both are present. A shape without
its sound, a sound without its shape, and a shape with the sound of another class are not events, so
that neither modality alone identifies events.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...structures import Events
from ..synthetic.setting_checks import check_all, is_count, is_number, is_range

_SCENE_STREAM = 20
# Minimum gap between two events of a class, and minimum length of an event, in seconds.
_APART, _SHORTEST = 0.5, 1.0


class Span(NamedTuple):
    """Presence of a shape or a sound.

    Attributes:
        label: Its class.
        start: Start in seconds.
        end: End in seconds.
    """

    label: int
    start: float
    end: float


class Scene(NamedTuple):
    """Content of a video.

    Attributes:
        duration: Duration in seconds.
        seen: Shapes.
        heard: Sounds.
        events: Times in which shape and sound of a class are present, sorted by start.
    """

    duration: float
    seen: list[Span]
    heard: list[Span]
    events: Events


@dataclass(frozen=True)
class RenderedWorld:
    """Settings of a world, which together with a video's key determine its content.

    Args:
        seed: Random seed.
        num_classes: Number of classes.
        durations: Minimum and maximum duration of a video in seconds.
        rate: Number of occurrences per minute: events, shapes alone, sounds alone, and shapes with
            the sound of another class.
        share: Fraction of occurrences that are events; the other three kinds are equally frequent.
        lengths: Minimum and maximum length of an occurrence in seconds.
        slack: Maximum difference between the starts, and between the ends, of shape and sound, in
            seconds.

    Raises:
        InputError: A setting is out of range.
    """

    seed: int = 0
    num_classes: int = 6
    durations: tuple[float, float] = (12.0, 20.0)
    rate: float = 24.0
    share: float = 0.5
    lengths: tuple[float, float] = (1.5, 5.0)
    slack: float = 0.2

    def __post_init__(self) -> None:
        fits = {
            "seed": is_count(self.seed),
            "num_classes": is_count(self.num_classes, 2),
            "durations": is_range(self.durations) and self.durations[0] >= 4,
            "rate": is_number(self.rate, 0),
            "share": is_number(self.share, 0) and self.share <= 1,
            "lengths": is_range(self.lengths) and self.lengths[0] >= _SHORTEST,
            "slack": is_number(self.slack, 0) and self.slack <= _SHORTEST / 4,
        }
        check_all(self, fits)

    def scene(self, key: tuple[int, ...]) -> Scene:
        """Generate the content of a video.

        Args:
            key: Numbers that identify the video.
        """
        rng = np.random.default_rng([self.seed, _SCENE_STREAM, *key])
        duration = round(rng.uniform(*self.durations), 2)
        seen: list[Span] = []
        heard: list[Span] = []
        events: list[Span] = []
        for _ in range(max(1, rng.poisson(self.rate * duration / 60))):
            thing, sound = self._happening(rng, duration)
            if thing and sound and thing.label == sound.label:
                event = Span(thing.label, max(thing.start, sound.start), min(thing.end, sound.end))
                if event.end - event.start < _SHORTEST or not (
                    _is_free(thing, seen) and _is_free(sound, heard)
                ):
                    continue
                events.append(event)
            # A shape at the time of its sound from another occurrence would be an event by chance.
            elif not all(_is_free(part, seen + heard) for part in (thing, sound) if part):
                continue
            seen += [thing] if thing else []
            heard += [sound] if sound else []
        return Scene(duration, seen, heard, _as_events(events))

    def _happening(
        self, rng: np.random.Generator, duration: float
    ) -> tuple[Span | None, Span | None]:
        """A shape and a sound: an event, only one of the two, or of two different classes."""
        label = int(rng.integers(self.num_classes))
        length = rng.uniform(*self.lengths)
        start = rng.uniform(-length / 2, duration - length / 2)
        ends = np.array([start, start + length]) + rng.uniform(-1, 1, (2, 2)) * self.slack
        (a, b), (c, d) = np.round(np.clip(ends, 0, duration), 3).tolist()
        other = (label + 1 + int(rng.integers(self.num_classes - 1))) % self.num_classes
        rest = (1 - self.share) / 3
        kind = rng.choice(4, p=[self.share, rest, rest, rest])
        thing = None if kind == 2 else Span(label, a, b)
        sound = None if kind == 1 else Span(other if kind == 3 else label, c, d)
        return thing, sound


def _is_free(span: Span, group: list[Span]) -> bool:
    """Whether no other occurrence of the class is close in time."""
    return not any(
        other.label == span.label
        and span.start < other.end + _APART
        and other.start < span.end + _APART
        for other in group
    )


def _as_events(spans: list[Span]) -> Events:
    spans = sorted(spans, key=lambda span: (span.start, span.end))
    segments = np.array([[s.start, s.end] for s in spans], np.float32).reshape(-1, 2)
    return Events(segments, np.array([s.label for s in spans], np.int64))
