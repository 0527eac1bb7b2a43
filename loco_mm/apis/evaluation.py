"""Evaluates a prediction file."""

from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..evaluation.functional import DetectionMAP, detection_map
from ..evaluation.metrics.segment_map import DEFAULT_TIOU
from ..fileio import read_annotations, read_predictions, subset_name
from ..structures import GroundTruth, Predictions
from ..text import warn


class FileEvaluation(NamedTuple):
    """Result of :func:`evaluate_files`.

    Attributes:
        figures: The mAPs.
        class_names: Class names by label.
        num_videos: Number of videos of the split.
        num_events: Number of their annotated events.
        num_predictions: Number of predictions for these videos.
        num_left_out: Number of predictions for videos of other splits.
    """

    figures: DetectionMAP
    class_names: tuple[str, ...]
    num_videos: int
    num_events: int
    num_predictions: int
    num_left_out: int


def evaluate_files(
    predictions: str | Path, annotations: str | Path, subset: str = "test"
) -> FileEvaluation:
    """Evaluate a prediction file.

    Args:
        predictions: File in ActivityNet form.
        annotations: File in the UnAV-100 form.
        subset: Split to evaluate; predictions for videos of other splits are ignored.

    Returns:
        FileEvaluation: The mAPs, and the numbers of videos, events and predictions.

    Raises:
        InputError: A file is invalid, or the split is empty or has no events.
    """
    content, subset = read_annotations(annotations), subset_name(subset)
    gt = {name: video.events for name, video in content.of_subset(subset).items()}
    if not gt:
        found = sorted({video.subset for video in content.videos.values()})
        raise InputError(f"{annotations}: no video of subset {subset!r}, the file has {found}")
    if not any(map(len, gt.values())):
        raise InputError(
            f"{annotations}: no event in the {len(gt)} videos of subset {subset!r}: there is "
            "nothing to compare predictions with"
        )
    pred = read_predictions(predictions, content)
    absent = [name for name in gt if name not in pred]
    if absent:
        warn(
            f"{predictions}: {len(absent)} of {len(gt)} videos of subset {subset!r} have no entry, "
            f"the first are {', '.join(absent[:5])}; counted as videos without predictions",
            stacklevel=2,
        )
    inside = {name: events for name, events in pred.items() if name in gt}
    num_predictions = sum(map(len, inside.values()))
    return FileEvaluation(
        figures=detection_map(GroundTruth.of(gt), Predictions.of(inside), DEFAULT_TIOU),
        class_names=content.classes,
        num_videos=len(gt),
        num_events=sum(map(len, gt.values())),
        num_predictions=num_predictions,
        num_left_out=sum(map(len, pred.values())) - num_predictions,
    )
