"""Evaluates a prediction file."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..evaluation.functional import DetectionMAP, detection_map
from ..evaluation.metrics.segment_map import DEFAULT_TIOU
from ..fileio import VideoAnnotation, read_annotations, read_predictions, subset_name
from ..structures import Events, GroundTruth, Predictions
from ..text import counted, warn


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


class SplitPredictions(NamedTuple):
    """Predictions for a split, see :func:`read_split`.

    Attributes:
        videos: Annotated videos of the split.
        predictions: Predictions for these videos.
        class_names: Class names by label.
        num_left_out: Number of predictions for videos of other splits.
    """

    videos: dict[str, VideoAnnotation]
    predictions: dict[str, Events]
    class_names: tuple[str, ...]
    num_left_out: int


def read_split(
    predictions: str | Path, annotations: str | Path, subset: str = "test"
) -> SplitPredictions:
    """Read predictions and annotations of a split.

    Args:
        predictions: File in ActivityNet form.
        annotations: File in the UnAV-100 form.
        subset: The split; predictions for videos of other splits are left out.

    Raises:
        InputError: A file is invalid, or the split is empty or has no events.
    """
    content, subset = read_annotations(annotations), subset_name(subset)
    videos = content.of_subset(subset)
    if not videos:
        found = sorted({video.subset for video in content.videos.values()})
        raise InputError(f"{annotations}: no video of subset {subset!r}, the file has {found}")
    if not any(len(video.events) for video in videos.values()):
        raise InputError(
            f"{annotations}: no event in {counted(len(videos), 'video')} of subset {subset!r}: "
            "there is nothing to compare predictions with"
        )
    pred = read_predictions(predictions, content)
    warn_of_absent(predictions, pred, videos, subset)
    inside = {name: events for name, events in pred.items() if name in videos}
    left_out = sum(map(len, pred.values())) - sum(map(len, inside.values()))
    return SplitPredictions(videos, inside, content.classes, left_out)


def warn_of_absent(
    path: str | Path, predictions: Collection[str], videos: Collection[str], subset: str
) -> None:
    """Warn of the videos of a split that a prediction file has no entry for.

    Args:
        path: The prediction file.
        predictions: Ids of the videos with an entry.
        videos: Ids of the videos of the split.
        subset: Name of the split.
    """
    absent = [name for name in videos if name not in predictions]
    if absent:
        warn(
            f"{path}: {len(absent)} of {len(videos)} videos of subset {subset!r} have no "
            f"entry, the first are {', '.join(absent[:5])}; counted as videos without predictions",
            stacklevel=4,
        )


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
    split = read_split(predictions, annotations, subset)
    truth = GroundTruth.of({name: video.events for name, video in split.videos.items()})
    return FileEvaluation(
        figures=detection_map(truth, Predictions.of(split.predictions), DEFAULT_TIOU),
        class_names=split.class_names,
        num_videos=len(split.videos),
        num_events=len(truth.labels),
        num_predictions=sum(map(len, split.predictions.values())),
        num_left_out=split.num_left_out,
    )
