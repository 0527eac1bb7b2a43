"""The figures of a prediction file."""

from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..evaluation.functional import DetectionMAP, detection_map
from ..evaluation.metrics.segment_map import DEFAULT_TIOU
from ..fileio import read_annotations, read_predictions, subset_name
from ..structures import GroundTruth, Predictions
from ..text import warn


class FileEvaluation(NamedTuple):
    """What :func:`evaluate_files` found.

    Attributes:
        figures: The figures.
        class_names: Names by label.
        num_videos: Videos of the split.
        num_events: Their annotated events.
        num_predictions: Predictions for them.
        num_left_out: Predictions for videos of other splits.
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
        subset: Split; predictions for videos of other splits are left out.

    Returns:
        FileEvaluation: The figures, and what they are of.

    Raises:
        InputError: A file is bad, or the split is empty or has no events.
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
