"""Checks the annotations and features of a dataset."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

from ...engine.config import load_config
from ...errors import InputError
from ...tasks import SEGMENTS, Task
from .events import check_classes, check_events, class_counts, figures
from .features import (
    FeatureSurvey,
    feature_findings,
    shared_findings,
    shift_of,
    survey_features,
)
from .levels import PointCoverage, point_coverage
from .report import Finding, Report
from .segments import check_segments
from .splits import EventSplit, EventSplits, build_datasets

Progress = Callable[[Iterable, str], Iterable]


def check_dataset(
    path: str | Path, options: dict | None = None, progress: Progress = lambda items, _: items
) -> Report:
    """Check the annotations and all features of a config's datasets.

    Args:
        path: Config file.
        options: Values by dotted key, as from ``--cfg-options``.
        progress (Callable): Wraps the videos of a split, given its name.

    Returns:
        Report: All problems found.

    Raises:
        InputError: The config cannot be read, or has no audio-visual dataset.
    """
    cfg = load_config(path, options)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    report, reader = Report(), EventSplits()
    coverage = point_coverage(cfg) if "model" in cfg else None
    counts: dict[str, Counter] = {}
    surveys: dict[str, FeatureSurvey] = {}
    classes: tuple[str, ...] = ()
    loaded = build_datasets(cfg)
    for name, dataset, _ in loaded:
        watch = _named(progress, name)
        if dataset.task is SEGMENTS:
            found = check_segments(report, name, dataset, watch)
            if found is not None:
                counts[name], classes = found, tuple(dataset.metainfo["classes"])
            continue
        split, findings = reader.read(name, dataset)
        report.findings += findings
        if split is None:
            continue
        classes, counts[name] = split.classes, class_counts(split)
        report.splits[name] = figures(split)
        report.findings += check_events(split)
        if dataset.features is not None:
            surveys[name] = _check_features(report, split, coverage, watch)
    if not report.splits and not report.findings:
        raise InputError(f"config {path}: expected an audio-visual dataset, got none")
    report.classes = {
        label: {name: found[label] for name, found in counts.items()} for label in classes
    }
    report.findings += check_classes(
        counts, classes, [x.name for x in loaded if x.is_trained and x.name in counts]
    )
    report.findings += shared_findings(surveys)
    report.findings += _check_head(cfg, classes)
    return report


def _named(progress: Progress, name: str) -> Callable[[Iterable], Iterable]:
    return lambda items: progress(items, name)


def _check_features(
    report: Report,
    split: EventSplit,
    coverage: PointCoverage | None,
    watch: Callable[[Iterable], Iterable],
) -> FeatureSurvey:
    survey = survey_features(split, coverage, split.dataset.max_len, watch)
    shift = shift_of(split, survey)
    report.findings += feature_findings(split, survey, shift)
    shares = {"short-event": "shorter than a step, %", "unreached-event": "without a point, %"}
    if coverage is None:
        del shares["unreached-event"]
    for check, name in shares.items():
        share = len(survey.faults[check]) / max(1, split.num_events)
        report.splits[split.name][f"events {name}"] = 100 * share
    report.splits[split.name]["shift, steps"] = None if shift is None else shift.steps
    return survey


def _check_head(cfg: Config, classes: tuple[str, ...]) -> Iterable[Finding]:
    number = cfg.get("model", {}).get("head", {}).get("num_classes")
    if message := Task.class_mismatch(number, classes or None, "the data"):
        yield Finding("error", "num-classes", "all", message)
