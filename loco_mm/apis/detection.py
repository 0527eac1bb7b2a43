"""From media files to files of their events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from ..fileio import Annotations, write_events_csv, write_predictions
from ..structures import Events
from ..visualization import draw_timeline
from .inferencer import AVEventInferencer
from .inputs import as_inputs


@dataclass
class FoundEvents:
    """A video and what was found in it.

    Attributes:
        path (str): The media file.
        duration (float): Its seconds.
        events (Events): All predictions, best first.
    """

    path: str
    duration: float
    events: Events


@dataclass
class Detection:
    """What :func:`detect_files` did.

    Attributes:
        found (dict[str, FoundEvents]): By video id.
        failed (dict[str, str]): What is wrong, by the path of the media file.
    """

    found: dict[str, FoundEvents] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def detect_files(
    inferencer: AVEventInferencer,
    paths: Sequence[str],
    progress: Callable[[Iterable], Iterable] = iter,
) -> Detection:
    """Find the events of media files, one after the other; a bad one does not stop the others.

    Args:
        inferencer (AVEventInferencer): What finds them.
        paths (Sequence[str]): The files.
        progress (Callable): Wraps the files.

    Raises:
        InputError: Two files have one name, or the model takes no media files.
    """
    result = Detection()
    videos = as_inputs(list(paths))
    for path, video in zip(progress(paths), videos, strict=True):
        try:
            (sample,) = inferencer(path, return_datasamples=True)["predictions"]
        except InputError as error:
            result.failed[path] = str(error)
            continue
        events = inferencer.events(sample)
        result.found[video.video_id] = FoundEvents(path, sample.duration, events)
    return result


def write_detection(
    out: str | Path,
    found: Mapping[str, FoundEvents],
    classes: Sequence[str],
    score_thr: float,
    truth: Annotations | None = None,
) -> list[Path]:
    """Write ``predictions.json``, ``events.csv`` and a picture of each video.

    Args:
        out (str | Path): The folder; it is made.
        found (Mapping[str, FoundEvents]): What was found, by video id.
        classes (Sequence[str]): Class names by label.
        score_thr (float): Least score in the table and the pictures; the JSON file has all.
        truth (Annotations | None): Ground truth to draw, of all or some of the videos.

    Returns:
        list[Path]: The files.
    """
    out = Path(out)
    every = {video_id: video.events for video_id, video in found.items()}
    kept = {video_id: events.above(score_thr) for video_id, events in every.items()}
    files = [out / "predictions.json", out / "events.csv"]
    write_predictions(files[0], every, classes)
    write_events_csv(files[1], kept, classes)
    for video_id, video in found.items():
        names, gt = _with_truth(classes, video_id, truth)
        files.append(out / "timelines" / f"{video_id}.png")
        draw_timeline(files[-1], video_id, video.duration, gt, kept[video_id], names)
    return files


def _with_truth(
    classes: Sequence[str], video_id: str, truth: Annotations | None
) -> tuple[list[str], Events]:
    """Class names, and ground truth whose labels are theirs; other classes come behind."""
    names = list(classes)
    if truth is None or video_id not in truth.videos:
        return names, Events.none()
    names += [name for name in truth.classes if name not in names]
    events = truth.videos[video_id].events
    labels = [names.index(truth.classes[label]) for label in events.labels]
    return names, events.relabelled(labels)
