"""Turns class scores over time into events.

Shape letters: T steps, C classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from scipy import ndimage

from ..arrays import bad_argument, check_number
from ..structures import Events, TemporalGrid


@dataclass(frozen=True)
class EventRules:
    """How events are found in class scores.

    Attributes:
        high: Score that an event reaches at one of its steps at least.
        low: Score that an event has at all of its steps, except in pauses.
        smoothing: Duration of the moving median over the scores in seconds.
        pause: Longest pause within an event in seconds.
        shortest: Duration of the shortest event in seconds.
    """

    high: float = 0.5
    low: float = 0.2
    smoothing: float = 0.8
    pause: float = 0.5
    shortest: float = 0.3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check_number(f"rules.{name}", value, "a number")
            if value < 0:
                raise bad_argument(f"rules.{name}", str(value), "a number that is not negative")
        if self.low > self.high:
            raise bad_argument("rules.low", str(self.low), f"at most rules.high, {self.high}")

    @classmethod
    def from_config(cls, config: "EventRules | Mapping") -> "EventRules":
        """Rules from a dict of some of them.

        Raises:
            InputError: A name is unknown, or a value is out of range.
        """
        if isinstance(config, EventRules):
            return config
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(map(str, config)) - set(known)):
            raise bad_argument("rules", ", ".join(unknown), f"some of {', '.join(known)}")
        return cls(**config)


def score_events(
    scores: np.ndarray, grid: TemporalGrid, duration: float, rules: EventRules
) -> Events:
    """Find the events of each class.

    A step represents the time around its centre, up to halfway to the next steps; the first and the
    last one reach to the ends of the video. The score of an event is the mean of its smoothed
    scores.

    Args:
        scores: (T, C) class scores.
        grid: Grid of the steps.
        duration: Duration of the video in seconds.
        rules: Thresholds and durations.

    Returns:
        Events: Events in seconds, best first.
    """
    size = 1 + 2 * round(rules.smoothing / grid.step_seconds / 2)
    smooth = ndimage.median_filter(scores, (size, 1), mode="nearest")
    rows = []
    for label in np.flatnonzero(smooth.max(0, initial=0) >= rules.high):
        column = smooth[:, label]
        for first, end in _runs(column >= rules.low, rules.pause / grid.step_seconds):
            found = column[first:end]
            start = grid.to_seconds(first - 0.5) if first else 0.0
            stop = grid.to_seconds(end - 0.5) if end < len(column) else duration
            stop = min(stop, duration)
            if found.max() >= rules.high and stop - start >= rules.shortest:
                rows.append((start, stop, label, found.mean()))
    table = np.array(rows, float).reshape(-1, 4)
    events = Events(table[:, :2], table[:, 2].astype(np.int64), table[:, 3])
    return events.take(np.argsort(-table[:, 3], kind="stable"))


def _runs(active: np.ndarray, pause: float) -> list[tuple[int, int]]:
    """First steps and ends of the runs of active steps, joined over pauses of up to some steps."""
    borders = np.flatnonzero(np.diff(np.pad(active, 1).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for first, end in borders.reshape(-1, 2).tolist():
        if runs and first - runs[-1][1] <= pause:
            first = runs.pop()[0]
        runs.append((first, end))
    return runs
