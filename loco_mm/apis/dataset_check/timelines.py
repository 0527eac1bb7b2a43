"""Statistics of the positions of events in their videos."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ...fileio import VideoAnnotation
from ...structures import Events

# Minimum fraction of a video that an event must fill, and latest start in seconds to count as 0.
_FILLS, _AT_START = 0.95, 0.1


def timeline_figures(videos: Iterable[VideoAnnotation]) -> dict[str, float]:
    """Statistics of event positions, in percent.

    Args:
        videos: Annotations of the videos of a split.
    """
    recurs: list[bool] = []
    starts: list[bool] = []
    repeats: list[bool] = []
    filled: list[bool] = []
    covered: list[float] = []
    for video in videos:
        counts = Counter(video.events.labels.tolist())
        recurs += [counts[label] > 1 for label in video.events.labels.tolist()]
        starts += (video.events.segments[:, 0] <= _AT_START).tolist()
        repeats.append(len(counts) < len(video.events))
        lengths = np.diff(video.events.segments, axis=1)
        filled.append(bool((lengths >= _FILLS * video.duration).any()))
        covered.append(_covered(video.events) / video.duration)
    shares: dict[str, list] = {
        "events whose class recurs in the video": recurs,
        "videos that repeat a class": repeats,
        "videos that one event fills": filled,
        "time that events cover": covered,
        "events that start with the video": starts,
    }
    return {f"{name}, %": 100 * float(np.mean(x)) if x else 0.0 for name, x in shares.items()}


def _covered(events: Events) -> float:
    """Total time in seconds that events cover."""
    total, reached = 0.0, 0.0
    for start, end in sorted(events.segments.tolist()):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
