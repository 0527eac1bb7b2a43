"""Generates the times of events in a video, with the statistics of UnAV-100.

The constants are fitted to the training split of UnAV-100 (Geng et al., CVPR 2023): how often a
class recurs in its video, how often one event fills the video, the fraction of time that events
cover, and the lengths of events and of gaps between them. Times are in seconds at UnAV-100's pace.
"""

import numpy as np

Span = tuple[float, float]

# Fractions of videos with events of one, two and three classes.
NUM_CLASSES = (0.60, 0.28, 0.12)
# Probability that an event of a class fills the video, by the number of classes.
WHOLE = (0.44, 0.07, 0.04)
# In seconds: typical length of events by the number of classes, minimum length, and minimum gap.
LENGTH, MIN_LENGTH, MIN_GAP = (23.0, 7.3, 4.8), 1.0, 2.0
# Standard deviation of the log of lengths: between chains, and within a chain.
SPREAD_BETWEEN, SPREAD_WITHIN = 1.19, 0.86
# Typical excess of a gap over the minimum in seconds, and standard deviation of its log.
GAP, GAP_SPREAD = 2.93, 1.30
# Probability that a chain starts at 0; otherwise it starts within this fraction of the video.
STARTS_AT_ZERO, LATEST_START = 0.30, 0.32
# Probability that an event is the last one of its chain.
STOP = 0.28
# Parameters of the beta distribution of durations within their range.
DURATION_SHAPE = (3.0, 1.5)


def make_duration(rng: np.random.Generator, low: float, high: float) -> float:
    """Duration of a video in seconds within a range; long videos are more frequent."""
    return round(low + (high - low) * float(rng.beta(*DURATION_SHAPE)), 2)


def make_chain(
    rng: np.random.Generator, duration: float, num_classes: int, pace: float
) -> list[Span]:
    """Events of a class in seconds, in order and disjoint.

    Args:
        rng: Random generator.
        duration: Duration of the video in seconds.
        num_classes: Number of classes with events in the video.
        pace: Speed relative to UnAV-100.
    """
    kind = min(num_classes, len(WHOLE)) - 1
    if rng.random() < WHOLE[kind]:
        return [(0.0, duration)]
    typical = LENGTH[kind] * np.exp(rng.normal(0, SPREAD_BETWEEN))
    starts_at_zero = rng.random() < STARTS_AT_ZERO
    start = 0.0 if starts_at_zero else rng.uniform(0, LATEST_START) * duration
    chain: list[Span] = []
    while not chain or start + MIN_LENGTH / pace <= duration:
        length = max(MIN_LENGTH, typical * np.exp(rng.normal(0, SPREAD_WITHIN))) / pace
        end = min(start + length, duration)
        chain.append((round(start, 3), round(end, 3)))
        start = end + (MIN_GAP + GAP * np.exp(rng.normal(0, GAP_SPREAD))) / pace
        if rng.random() < STOP:
            break
    return chain


def place_apart(
    rng: np.random.Generator, duration: float, taken: list[Span], pace: float
) -> Span | None:
    """An interval with the minimum gap to others; None if there is no space.

    Args:
        rng: Random generator.
        duration: Duration of the video in seconds.
        taken: The other intervals in seconds.
        pace: Speed relative to UnAV-100.
    """
    gap, least = MIN_GAP / pace, MIN_LENGTH / pace
    room, free = 0.0, []
    for start, end in [*sorted(taken), (duration + gap, duration + gap)]:
        if start - gap - room >= least:
            free.append((room, start - gap))
        room = max(room, end + gap)
    if not free:
        return None
    sizes = np.diff(free, axis=1)[:, 0]
    low, high = free[rng.choice(len(free), p=sizes / sizes.sum())]
    length = LENGTH[-1] / pace * np.exp(rng.normal(0, SPREAD_WITHIN))
    length = min(max(length, least), high - low)
    start = low + rng.random() * (high - low - length)
    return round(start, 3), round(start + length, 3)
