"""Which videos of a split have features that fit: each other, the duration and the grid."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..structures import FEATURE_KINDS, MODALITIES, FeatureKind, TemporalGrid
from .feature_files import are_apart, read_lengths

LengthFault = Literal["apart", "unfit", "loose"]


class FeatureCheck(NamedTuple):
    """What :func:`check_features` found.

    Attributes:
        kept: Samples that can be used.
        skipped: The others.
        complaints: What is wrong with those, a kind of fault each.
        remarks: What is suspicious of samples that are kept.
    """

    kept: list[dict]
    skipped: list[dict]
    complaints: list[str]
    remarks: list[str]


class _Length(NamedTuple):
    """Steps found for a video."""

    video_id: str
    duration: float
    steps: int


def check_features(
    samples: Sequence[dict],
    kind: FeatureKind,
    folder: str,
    what: str,
    tolerance: float,
    modalities: Sequence[str] = MODALITIES,
) -> FeatureCheck:
    """Look for the feature files of a split, and read their headers.

    Args:
        samples: ``video_id`` and ``duration`` (s) of each video.
        kind: The features.
        folder: Where the files lie.
        what: What the samples are, as ``'videos of subset train'``.
        tolerance: Share of the steps that duration and grid ask for, by which a video's
            may differ.
        modalities: Those whose files there must be.

    Raises:
        InputError: A file is no plain array, empty, or of another width.
    """
    # One listing instead of a question for each of thousands of files.
    present = set(os.listdir(folder)) if Path(folder).is_dir() else set()
    kept: list[dict] = []
    skipped: list[dict] = []
    found: dict[str, list] = defaultdict(list)
    for sample in samples:
        fault, detail = _judge(sample, kind, folder, present, tolerance, modalities)
        (kept if fault in (None, "loose") else skipped).append(sample)
        if fault:
            found[fault].append(detail)
    return FeatureCheck(kept, skipped, *_messages(found, len(samples), kind, what, tolerance))


def _messages(
    found: dict[str, list], total: int, kind: FeatureKind, what: str, tolerance: float
) -> tuple[list[str], list[str]]:
    """Complaints and remarks."""
    counts = {fault: f"of {len(details)} of {total} {what}" for fault, details in found.items()}
    complaints, remarks = [], []
    if "absent" in found:
        first = ", ".join(found["absent"][:5])
        complaints.append(f"feature files {counts['absent']} are missing, the first: {first}")
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
    """What is wrong with the lengths of a video's features.

    Args:
        visual: Steps of the visual features.
        audio: Steps of the audio features.
        duration: Seconds of the video.
        grid: Their grid.
        tolerance: Share of the steps that duration and grid ask for, by which they may
            differ.

    Returns:
        str | None: ``'apart'``: they differ from each other; ``'unfit'``: from what duration and
        grid ask for; ``'loose'``: only within the tolerance.
    """
    steps = min(visual, audio)
    if are_apart(visual, audio):
        return "apart"
    if grid.fits(steps, duration):
        return None
    return "loose" if grid.fits(steps, duration, tolerance) else "unfit"


def _judge(
    sample: dict,
    kind: FeatureKind,
    folder: str,
    present: set[str],
    tolerance: float,
    modalities: Sequence[str],
) -> tuple[str | None, Any]:
    """What is wrong with a video's features, if anything, and what to say of it."""
    video_id, duration = sample["video_id"], sample["duration"]
    missing = [name for name in kind.files(video_id, modalities) if name not in present]
    if missing:
        return "absent", missing[0]
    visual, audio = read_lengths(kind, folder, video_id, modalities)
    fault = length_fault(visual, audio, duration, kind.grid, tolerance)
    if fault == "apart":
        return fault, f"{video_id} ({visual} and {audio})"
    return fault, _Length(video_id, duration, min(visual, audio))


def _lengths(lengths: list[_Length], kind: FeatureKind) -> str:
    """What is found and expected: examples, the grid, and a known one that would fit."""
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
