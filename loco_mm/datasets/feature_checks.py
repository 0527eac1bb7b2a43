"""Checks that the features of a split match each other, the durations and the grid."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from ..structures import FEATURE_KINDS, MODALITIES, FeatureKind, TemporalGrid
from .feature_files import lengths_differ
from .feature_sources import FeatureSource

LengthFault = Literal["apart", "unfit", "loose"]


class FeatureCheck(NamedTuple):
    """Result of :func:`check_features`.

    Attributes:
        kept: Samples that can be used.
        skipped: The other samples.
        complaints: One message per kind of problem with the skipped samples.
        remarks: Warnings about samples that are kept.
    """

    kept: list[dict]
    skipped: list[dict]
    complaints: list[str]
    remarks: list[str]


class _Length(NamedTuple):
    """Number of steps found for a video."""

    video_id: str
    duration: float
    steps: int


def check_features(
    samples: Sequence[dict],
    source: FeatureSource,
    what: str,
    tolerance: float,
    modalities: Sequence[str] = MODALITIES,
) -> FeatureCheck:
    """Find the features of a split, and read their lengths.

    Args:
        samples: ``video_id`` and ``duration`` (s) of each video.
        source: Where the features are.
        what: Description of the samples, such as ``'videos of subset train'``.
        tolerance: Allowed difference between actual and expected number of steps, as a fraction of
            the expected number.
        modalities: Modalities that are needed.

    Raises:
        InputError: A file is not a plain array, is empty, or has another width.
    """
    missing = source.missing([sample["video_id"] for sample in samples], modalities)
    kept: list[dict] = []
    skipped: list[dict] = []
    found: dict[str, list] = defaultdict(list)
    for sample in samples:
        fault, detail = _judge(sample, source, missing, tolerance, modalities)
        (kept if fault in (None, "loose") else skipped).append(sample)
        if fault:
            found[fault].append(detail)
    return FeatureCheck(kept, skipped, *_messages(found, len(samples), source, what, tolerance))


def _messages(
    found: dict[str, list], total: int, source: FeatureSource, what: str, tolerance: float
) -> tuple[list[str], list[str]]:
    """Format complaints and remarks."""
    counts = {fault: f"of {len(details)} of {total} {what}" for fault, details in found.items()}
    complaints, remarks, kind = [], [], source.kind
    if "absent" in found:
        first = ", ".join(found["absent"][:5])
        complaints.append(f"{source.noun} {counts['absent']} are missing, the first: {first}")
    if "apart" in found:
        complaints.append(
            f"visual and audio features {counts['apart']} differ in length by more than 10 %: "
            f"{', '.join(found['apart'])} steps; extract both with dataset.features.grid"
        )
    if "unfit" in found:
        complaints.append(
            f"features {counts['unfit']} do not fit duration and grid, "
            f"{_lengths(found['unfit'], kind)}; correct dataset.features.grid, the durations or "
            f"the features, or raise dataset.length_tolerance, which is {tolerance:g}"
        )
    if "loose" in found:
        remarks.append(
            f"features {counts['loose']} fit duration and grid only within "
            f"{100 * tolerance:g} %, {_lengths(found['loose'], kind)}"
        )
    return complaints, remarks


def length_fault(
    visual: int, audio: int, duration: float, grid: TemporalGrid, tolerance: float
) -> LengthFault | None:
    """Check the lengths of a video's features.

    Args:
        visual: Number of steps of the visual features.
        audio: Number of steps of the audio features.
        duration: Duration of the video in seconds.
        grid: Grid of the features.
        tolerance: Allowed difference between actual and expected number of steps, as a fraction of
            the expected number.

    Returns:
        str | None: ``'apart'`` if the two lengths differ too much; ``'unfit'`` if they do not match
        duration and grid; ``'loose'`` if they match only within the tolerance.
    """
    steps = min(visual, audio)
    if lengths_differ(visual, audio):
        return "apart"
    if grid.fits(steps, duration):
        return None
    return "loose" if grid.fits(steps, duration, tolerance) else "unfit"


def _judge(
    sample: dict,
    source: FeatureSource,
    missing: dict[str, str],
    tolerance: float,
    modalities: Sequence[str],
) -> tuple[str | None, Any]:
    """Kind of problem with a video's features, if there is one, and details for the message."""
    video_id, duration = sample["video_id"], sample["duration"]
    if video_id in missing:
        return "absent", missing[video_id]
    visual, audio = source.lengths(video_id, modalities)
    fault = length_fault(visual, audio, duration, source.kind.grid, tolerance)
    if fault == "apart":
        return fault, f"{video_id} ({visual} and {audio})"
    return fault, _Length(video_id, duration, min(visual, audio))


def _lengths(lengths: list[_Length], kind: FeatureKind) -> str:
    """Examples of actual and expected lengths, the grid, and a known grid that would match."""
    grid = kind.grid
    examples = [
        f"{video_id} ({duration:g} s: expected {grid.num_steps(duration)} steps, got {steps}, one "
        f"every {duration / steps:.3g} s)"
        for video_id, duration, steps in lengths[:5]
    ]
    text = f"the first: {', '.join(examples)}; the grid is {_grid_text(grid)}"
    for name, other in FEATURE_KINDS.items():
        if other.grid != grid and all(other.grid.fits(x.steps, x.duration) for x in lengths):
            text += f", that of {name!r} would fit: {_grid_text(other.grid)}"
    return text


def _grid_text(grid: TemporalGrid) -> str:
    return (
        f"fps={grid.fps:g}, num_frames={grid.num_frames:g}, stride={grid.stride:g} "
        f"(a step every {grid.step_seconds:.3g} s)"
    )
