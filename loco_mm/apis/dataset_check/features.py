"""Checks of all feature files of a split.

Shape letters: T steps, D channels, N events.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from ...datasets.feature_checks import length_fault
from ...datasets.feature_sources import FeatureSource, description_of_features, open_features
from ...errors import InputError
from ...structures import MODALITIES
from .levels import PointCoverage, without_points
from .report import Finding
from .shift import Shift, find_shift, projected, projection
from .splits import EventSplit

# Number of videos from which the shift is estimated, and maximum shift in seconds.
_SAMPLED, _LONGEST_SHIFT = 200, 4.0
# A stream is constant if at least this fraction of its steps equals the previous step.
_STILL = 0.95


@dataclass
class FeatureSurvey:
    """Results of reading the feature files of a split.

    Attributes:
        faults: Examples by check.
        digests: Checksum of the features of each readable video.
        projections: Projected features of some videos, by modality, to estimate the shift.
    """

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    digests: dict[str, str] = field(default_factory=dict)
    projections: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))


def survey_features(
    split: EventSplit,
    coverage: PointCoverage | None,
    max_len: int | None,
    progress: Callable[[Iterable], Iterable] = iter,
) -> FeatureSurvey:
    """Read all feature files of a split.

    Args:
        split: A split whose dataset has features.
        coverage (Callable | None): Tells which events have points in the model.
        max_len: Maximum number of steps of a training crop.
        progress: Wraps the videos.
    """
    survey, kind = FeatureSurvey(), split.features
    modalities = split.dataset.modalities
    source = open_features(split.dataset.features_place, kind, modalities)
    missing = source.missing(list(split.videos), modalities)
    # Videos are spread over the split.
    every = max(1, len(split.videos) // _SAMPLED)
    for number, (video_id, video) in enumerate(progress(list(split.videos.items()))):
        if video_id in missing:
            survey.faults["missing-file"].append(missing[video_id])
        arrays = {} if video_id in missing else _read(survey, source, video_id, modalities)
        # The expected number of steps, if the actual one is unknown.
        steps = kind.grid.num_steps(video.duration)
        if len(arrays) == len(modalities):
            steps = min(map(len, arrays.values()))
            _check_lengths(survey, split, video_id, arrays)
            _check_values(survey, video_id, arrays)
            if number % every == 0:
                _sample(survey, arrays)
        _check_coverage(survey, split, video_id, steps, coverage)
        if max_len is not None and steps > max_len:
            survey.faults["long-video"].append(f"{video_id} ({steps} of {max_len} steps)")
    return survey


def feature_findings(
    split: EventSplit, survey: FeatureSurvey, shift: Shift | None
) -> Iterator[Finding]:
    """Problems with the features of a split.

    Args:
        split: The split.
        survey: Results of reading its files.
        shift: The shift of the modalities, see :func:`shift_of`.
    """
    videos, read = len(split.videos), len(survey.digests)
    events = split.num_events
    tolerance = 100 * split.dataset.length_tolerance
    messages = {
        "missing-file": ("error", "videos lack feature files", videos),
        "unreadable": ("error", "videos have feature files that cannot be used", videos),
        "modalities-apart": (
            "error",
            "videos have visual and audio features that differ in length by more than 10 %",
            read,
        ),
        "length": ("error", "videos have features that do not fit duration and grid", read),
        "loose-length": (
            "warning",
            f"videos have features that fit duration and grid only within {tolerance:g} %",
            read,
        ),
        "still": ("warning", "videos have constant features", read),
        "long-video": ("note", "videos are longer than a training crop", videos),
        "short-event": ("warning", "events are shorter than a grid step", events),
        "unreached-event": (
            "warning",
            "events have no point at any level: nothing is trained for them",
            events,
        ),
    }
    for check, (severity, text, total) in messages.items():
        yield from Finding.of(severity, check, split.name, text, survey.faults[check], total)
    yield from _description_findings(split)
    yield from _shift_findings(split, shift)


def shift_of(split: EventSplit, survey: FeatureSurvey) -> Shift | None:
    """The shift of the modalities, if it can be estimated from the features."""
    if len(survey.projections) < len(MODALITIES):
        return None
    most = max(1, round(_LONGEST_SHIFT / split.features.grid.step_seconds))
    visual, audio = (survey.projections[modality] for modality in MODALITIES)
    return find_shift(visual, audio, most)


def shared_findings(surveys: dict[str, FeatureSurvey]) -> Iterator[Finding]:
    """Find videos with equal features, in one or several splits."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, survey in surveys.items():
        for video_id, digest in survey.digests.items():
            owners[digest].append((name, video_id))
    across: list[str] = []
    within: list[str] = []
    for found in owners.values():
        if len(found) > 1:
            names = {name for name, _ in found}
            text = " = ".join(f"{video_id} ({name})" for name, video_id in found)
            (across if len(names) > 1 else within).append(text)
    total = sum(len(survey.digests) for survey in surveys.values())
    text = "groups of videos have equal features"
    yield from Finding.of(
        "warning", "same-features", "all", f"{text}, in several splits", across, total
    )
    yield from Finding.of("warning", "same-features", "all", text, within, total)


def _read(
    survey: FeatureSurvey, source: FeatureSource, video_id: str, modalities: Sequence[str]
) -> dict[str, np.ndarray]:
    """Valid arrays by modality."""
    arrays = {}
    for modality in modalities:
        try:
            arrays[modality] = source.rows(video_id, modality).float().numpy()
        except InputError as error:
            survey.faults["unreadable"].append(str(error))
    return arrays


def _check_lengths(
    survey: FeatureSurvey, split: EventSplit, video_id: str, arrays: dict[str, np.ndarray]
) -> None:
    lengths = list(map(len, arrays.values()))
    visual, audio = lengths[0], lengths[-1]
    grid, duration = split.features.grid, split.videos[video_id].duration
    fault = length_fault(visual, audio, duration, grid, split.dataset.length_tolerance)
    if fault == "apart":
        survey.faults["modalities-apart"].append(f"{video_id} ({visual} and {audio} steps)")
    elif fault is not None:
        steps = f"expected {grid.num_steps(duration)} steps, got {min(visual, audio)}"
        survey.faults["loose-length" if fault == "loose" else "length"].append(
            f"{video_id} ({duration:g} s: {steps})"
        )


def _check_values(survey: FeatureSurvey, video_id: str, arrays: dict[str, np.ndarray]) -> None:
    digest = hashlib.sha256()
    for modality, array in arrays.items():
        digest.update(array.tobytes())
        still = (array[1:] == array[:-1]).all(1)
        if len(still) and still.mean() > _STILL:
            survey.faults["still"].append(f"{video_id} ({modality}, {100 * still.mean():.0f} %)")
    survey.digests[video_id] = digest.hexdigest()


def _check_coverage(
    survey: FeatureSurvey,
    split: EventSplit,
    video_id: str,
    steps: int,
    coverage: PointCoverage | None,
) -> None:
    grid, events = split.features.grid, split.videos[video_id].events
    lengths = np.diff(events.segments, axis=1)[:, 0]
    lost = np.zeros(len(events), bool)
    if coverage is not None:
        lost = without_points(coverage, events.segments, steps, grid)
    for event, length, is_lost in zip(events, lengths, lost, strict=True):
        text = split.describe(video_id, event)
        if length < grid.step_seconds:
            survey.faults["short-event"].append(text)
        if is_lost:
            survey.faults["unreached-event"].append(text)


def _sample(survey: FeatureSurvey, arrays: dict[str, np.ndarray]) -> None:
    steps = min(map(len, arrays.values()))
    for modality, array in arrays.items():
        directions = projection(array.shape[1], modality)
        survey.projections[modality].append(projected(array[:steps], directions))


def _description_findings(split: EventSplit) -> Iterator[Finding]:
    folder = split.dataset.features_place
    try:
        description = description_of_features(folder)
    except InputError as error:
        yield Finding("error", "description", split.name, str(error))
        return
    grid = asdict(split.features.grid)
    if description is not None and description.features.get("grid") != grid:
        text = (
            f"{folder}/features.json has the grid {description.features.get('grid')}, but the "
            f"config {grid}"
        )
        yield Finding("error", "description", split.name, text)


def _shift_findings(split: EventSplit, shift: Shift | None) -> Iterator[Finding]:
    if shift is None or not shift.is_sure:
        return
    step = split.features.grid.step_seconds
    way = "late" if shift.steps > 0 else "early"
    text = (
        f"audio features are {abs(shift.steps)} steps ({abs(shift.steps) * step:.3g} s) {way} "
        f"relative to visual features (95 % interval: {shift.low} to {shift.high})"
    )
    yield Finding("warning" if abs(shift.steps) > 1 else "note", "shift", split.name, text)
