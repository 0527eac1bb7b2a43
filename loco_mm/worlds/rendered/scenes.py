"""What happens in a rendered video, and when.

Each class is a thing that one can see and a sound that belongs to it. An event is where both are
there; a thing without its sound, a sound without its thing, and a thing with the sound of another
are none: neither picture nor sound tells events from those.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...structures import Events
from ..synthetic.setting_checks import check_all, is_count, is_number, is_range
from .looks import CLASSES

_SCENE_STREAM = 20
# Seconds between two events of one class, and of the shortest event.
_APART, _SHORTEST = 0.5, 1.0


class Span(NamedTuple):
    """A thing that is there, or a sound, for a while.

    Attributes:
        label: Class that it belongs to.
        start: Second at which it appears.
        end: Second at which it is gone.
    """

    label: int
    start: float
    end: float


class Scene(NamedTuple):
    """A video.

    Attributes:
        duration: Seconds.
        seen: Things.
        heard: Sounds.
        events: Where both of a class are there, sorted by start.
    """

    duration: float
    seen: list[Span]
    heard: list[Span]
    events: Events


@dataclass(frozen=True)
class RenderedWorld:
    """Settings of a world; all of it follows from them and from a video's key.

    Args:
        seed: Seed.
        num_classes: Classes, the first of :data:`~.looks.CLASSES`.
        durations: Shortest and longest video, s.
        rate: Happenings a minute: events, things alone, sounds alone, and things with the
            sound of another.
        share: Share of the happenings that are events; the other three share the rest.
        lengths: Shortest and longest happening, s.
        slack: Seconds by which sound and thing start, and end, apart, at most.

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
            "num_classes": is_count(self.num_classes, 2) and self.num_classes <= len(CLASSES),
            "durations": is_range(self.durations) and self.durations[0] >= 4,
            "rate": is_number(self.rate, 0),
            "share": is_number(self.share, 0) and self.share <= 1,
            "lengths": is_range(self.lengths) and self.lengths[0] >= _SHORTEST,
            "slack": is_number(self.slack, 0) and self.slack <= _SHORTEST / 4,
        }
        check_all(self, fits)

    def scene(self, key: tuple[int, ...]) -> Scene:
        """What happens in a video.

        Args:
            key: Numbers that tell videos apart.
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
            # A thing that finds its sound in another happening would be an event by chance.
            elif not all(_is_free(part, seen + heard) for part in (thing, sound) if part):
                continue
            seen += [thing] if thing else []
            heard += [sound] if sound else []
        return Scene(duration, seen, heard, _as_events(events))

    def _happening(
        self, rng: np.random.Generator, duration: float
    ) -> tuple[Span | None, Span | None]:
        """A thing and a sound: an event, either alone, or the sound of another."""
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
    """Whether no other of the class is there, or nearly."""
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
