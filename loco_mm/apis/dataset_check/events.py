"""Statistics of annotations, and checks for probable mistakes."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from ...structures import Events
from .report import Finding
from .splits import EventSplit
from .timelines import timeline_figures

# Classes with fewer events are reported as rare.
_FEW = 10


def figures(split: EventSplit) -> dict[str, float | int]:
    """Statistics of a split."""
    videos = split.videos.values()
    durations = np.array([video.duration for video in videos])
    events = [video.events for video in videos]
    lengths = np.concatenate([np.diff(x.segments, axis=1)[:, 0] for x in events])
    counts = np.array([len(x) for x in events])
    labels = {label for x in events for label in x.labels.tolist()}
    known = dict(
        videos=len(durations),
        hours=float(durations.sum() / 3600),
        events=split.num_events,
        classes=len(labels),
    )
    overlapping = sum(int(_overlaps(x).sum()) for x in events)
    known |= _spread("video, s", durations)
    known |= _spread("event, s", lengths)
    known["events per video (mean)"] = float(counts.mean())
    known["classes per video (mean)"] = float(
        np.mean([len(set(x.labels.tolist())) for x in events])
    )
    known["events that overlap, %"] = 100 * overlapping / max(1, len(lengths))
    return known | timeline_figures(videos)


def class_counts(split: EventSplit) -> Counter:
    """Number of events of each class, by name."""
    labels = (label for video in split.videos.values() for label in video.events.labels.tolist())
    return Counter(split.classes[label] for label in labels)


def check_events(split: EventSplit) -> Iterator[Finding]:
    """Find videos without events, duplicate events, and overlapping events of the same class."""
    empty, twice, inside = [], [], []
    for video_id, video in split.videos.items():
        events = list(video.events)
        if not events:
            empty.append(video_id)
        twice += [split.describe(video_id, x) for x, count in Counter(events).items() if count > 1]
        own = np.flatnonzero(_overlaps_own(video.events))
        inside += [split.describe(video_id, events[index]) for index in own]
    name, videos, total = split.name, len(split.videos), split.num_events
    yield from Finding.of("note", "no-events", name, "videos have no event", empty, videos)
    yield from Finding.of("warning", "duplicate-event", name, "events are duplicates", twice, total)
    yield from Finding.of(
        "note", "same-class", name, "events overlap another one of their class", inside, total
    )


def check_classes(
    counts: dict[str, Counter], classes: Sequence[str], trained: Sequence[str]
) -> Iterator[Finding]:
    """Find classes with no or few training events.

    Args:
        counts: Number of events of each class, by split.
        classes: All class names.
        trained: Names of the training splits.
    """
    if not trained:
        return
    seen = Counter(dict.fromkeys(classes, 0))
    for name in trained:
        seen.update(counts.get(name, {}))
    tested = {label for name, found in counts.items() if name not in trained for label in found}
    where, total = "+".join(trained), len(classes)
    untrained = [label for label in classes if not seen[label]]
    yield from Finding.of(
        "warning",
        "untrained-class",
        where,
        "classes of other splits have no training events",
        [label for label in untrained if label in tested],
        total,
    )
    yield from Finding.of(
        "warning",
        "unused-class",
        "all",
        "classes have no events in any split",
        [label for label in untrained if label not in tested],
        total,
    )
    rare = [f"{label} ({seen[label]})" for label in classes if 0 < seen[label] < _FEW]
    yield from Finding.of(
        "note", "rare-class", where, f"classes have fewer than {_FEW} events", rare, total
    )


def _spread(name: str, values: np.ndarray) -> dict[str, float]:
    ranks = {"least": 0, "median": 50, "greatest": 100}
    return {
        f"{name} ({what})": float(np.percentile(values, rank)) if len(values) else 0.0
        for what, rank in ranks.items()
    }


def _overlaps(events: Events) -> np.ndarray:
    """(N,) whether each event overlaps another one of its video."""
    earlier, later = _shared_time(events.segments)
    return earlier | later


def _overlaps_own(events: Events) -> np.ndarray:
    """(N,) whether each event overlaps an earlier one of the same class."""
    found = np.zeros(len(events), bool)
    order = np.argsort(events.labels, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(events.labels[order])) + 1):
        found[own] = _shared_time(events.segments[own])[0]
    return found


def _shared_time(segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) each: whether segments (N, 2) overlap an earlier one, and a later one.

    Segments with the same start are ordered by index.
    """
    order = np.argsort(segments[:, 0], kind="stable")
    start, end = segments[order].T
    earlier, later = np.zeros((2, len(segments)), bool)
    earlier[order[1:]] = np.maximum.accumulate(end)[:-1] > start[1:]
    later[order[:-1]] = start[1:] < end[:-1]
    return earlier, later
