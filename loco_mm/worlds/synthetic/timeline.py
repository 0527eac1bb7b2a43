"""When things happen in a made-up video: spans like those of UnAV-100's events.

The constants are fitted to the statistics of UnAV-100's training split (Geng et al., CVPR 2023):
how often a class recurs in its video, how often one event fills it, how much of it is covered, and
how long events and the gaps between them are. Seconds are those of a video in which things happen
as fast as there.
"""

import numpy as np

Span = tuple[float, float]

# Videos with events of one, two and three classes.
NUM_CLASSES = (0.60, 0.28, 0.12)
# Chance that an event of a class fills the video, by the number of classes.
WHOLE = (0.44, 0.07, 0.04)
# Seconds: typical length of events by the number of classes, least length, and least gap.
LENGTH, MIN_LENGTH, MIN_GAP = (23.0, 7.3, 4.8), 1.0, 2.0
# Spread of the logarithm of lengths: from chain to chain, and within one.
SPREAD_BETWEEN, SPREAD_WITHIN = 1.19, 0.86
# Seconds that a gap typically has beyond the least, and the spread of their logarithm.
GAP, GAP_SPREAD = 2.93, 1.30
# Chance that a chain starts with the video; else it starts within this share of it.
STARTS_AT_ZERO, LATEST_START = 0.30, 0.32
# Chance that an event is the last of its chain.
STOP = 0.28
# Videos are spread over the range of durations by a beta distribution.
DURATION_SHAPE = (3.0, 1.5)


def make_duration(rng: np.random.Generator, low: float, high: float) -> float:
    """A video's duration within a range, in seconds, rather long than short."""
    return round(low + (high - low) * float(rng.beta(*DURATION_SHAPE)), 2)


def make_chain(
    rng: np.random.Generator, duration: float, num_classes: int, pace: float
) -> list[Span]:
    """Spans in which a class is there, in seconds, rising and apart.

    Args:
        rng: Source of randomness.
        duration: Of the video, in seconds.
        num_classes: Classes that have events in it.
        pace: How many times as fast as in UnAV-100 things happen.
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
    """A span that keeps the least gap from others; None where there is no room.

    Args:
        rng: Source of randomness.
        duration: Of the video, in seconds.
        taken: The others, in seconds.
        pace: How many times as fast as in UnAV-100 things happen.
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
