"""Detects events in media files, and writes them to files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import InputError
from ..exchange import EventTable, write_csv
from ..fileio import Annotations, check_folder, check_output, write_predictions
from ..text import counted, file_name
from ..visualization import PageVideo, draw_timeline, write_page
from .inferencer import AVEventInferencer
from .inputs import as_inputs
from .pages import diagnose_page

PREDICTIONS_FILE, TABLE_FILE, PAGE_FILE = "predictions.json", "events.csv", "events.html"


@dataclass
class Detection:
    """Result of :func:`detect_files`.

    Attributes:
        found: Detected events by video id.
        failed: Error messages by path of the media file.
    """

    found: dict[str, PageVideo] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def detect_files(
    detect: Callable[[str | Path], PageVideo],
    paths: Sequence[str | Path],
    progress: Callable[[Iterable], Iterable] = iter,
) -> Detection:
    """Detect the events of media files one by one, continuing after bad files.

    Args:
        detect: Detects the events of a file, such as :meth:`HeardEvents.detect`.
        paths: The files.
        progress: Wraps the files.

    Raises:
        InputError: Two files have the same name.
    """
    result = Detection()
    videos = as_inputs(list(paths))
    for path, video in zip(progress(paths), videos, strict=True):
        try:
            result.found[video.video_id] = detect(path)
        except InputError as error:
            result.failed[str(path)] = str(error)
    return result


def detect_by_model(inferencer: AVEventInferencer, path: str | Path) -> PageVideo:
    """Detect the events of a media file by a model.

    Raises:
        InputError: The file is invalid, or the model does not support media files.
    """
    (sample,) = inferencer(path, return_datasamples=True, class_scores=True)["predictions"]
    scores = sample.get("pred_class_scores")
    return PageVideo(
        sample.video_id,
        sample.duration,
        inferencer.events(sample),
        media=sample.media,
        class_scores=None if scores is None else scores.numpy(),
        grid=sample.grid,
    )


def score_summary(found: Iterable[PageVideo], score_thr: float) -> str:
    """Describe how many events reach a minimum score, and the best score."""
    predicted = [video.pred for video in found if len(video.pred)]
    if not predicted:
        return "no events were predicted"
    total = sum(map(len, predicted))
    passed = sum(len(events.above(score_thr)) for events in predicted)
    highest = max(event.score or 0.0 for events in predicted for event in events)
    best = f"the best score is {highest:.4g}"
    if passed:
        every = counted(total, "event")
        return f"{passed} of {every} with a score of at least {score_thr:g}; {best}"
    return f"no event with a score of at least {score_thr:g}, of {total}; {best}"


def check_outputs(out: str | Path) -> None:
    """Check that :func:`write_detection` can write all its files to a folder.

    Raises:
        InputError: See :func:`loco_mm.fileio.check_output`.
    """
    check_folder(out)
    for name in (PREDICTIONS_FILE, TABLE_FILE, PAGE_FILE):
        check_output(Path(out) / name)


def write_detection(
    out: str | Path,
    found: Mapping[str, PageVideo],
    classes: Sequence[str],
    score_thr: float,
    truth: Annotations | None = None,
    title: str = "Events",
    progress: Callable[[Iterable], Iterable] = iter,
) -> list[str]:
    """Write ``predictions.json``, ``events.csv``, a timeline of each video and ``events.html``.

    Args:
        out: Output folder, which is created if needed.
        found: Detected events by video id.
        classes: Class names by label.
        score_thr: Minimum score in the table and the timelines, and initially on the page; the JSON
            file contains all events.
        truth: Optional ground truth to draw, for all or some of the videos.
        title: Heading of the page.
        progress: Wraps the videos while timelines and reduced copies are made.

    Returns:
        list[str]: Ids of the videos that did not fit into the page, see :func:`write_page`.
    """
    out = Path(out)
    every = {video_id: video.pred for video_id, video in found.items()}
    kept = {video_id: events.above(score_thr) for video_id, events in every.items()}
    write_predictions(out / PREDICTIONS_FILE, every, classes)
    write_csv(out / TABLE_FILE, EventTable.of_events(kept, classes))
    names, videos = _with_truth(classes, found, truth)
    for video_id, video in progress(videos.items()):
        picture = out / "timelines" / file_name("write_detection", video_id, ".png")
        draw_timeline(picture, video_id, video.duration, video.gt, kept[video_id], names)
    shown = list(videos.values())
    errors = diagnose_page(shown, names)
    return write_page(
        out / PAGE_FILE, title, shown, names, score_thr, progress=progress, diagnosis=errors
    )


def _with_truth(
    classes: Sequence[str], found: Mapping[str, PageVideo], truth: Annotations | None
) -> tuple[list[str], dict[str, PageVideo]]:
    """Class names, with additional ones of the ground truth at the end, and videos with it."""
    names, videos = list(classes), dict(found)
    if truth is None:
        return names, videos
    names += [name for name in truth.classes if name not in names]
    label_of = {label: names.index(name) for label, name in enumerate(truth.classes)}
    for video_id, video in found.items():
        if annotation := truth.videos.get(video_id):
            labels = [label_of[label] for label in annotation.events.labels.tolist()]
            gt = annotation.events.relabelled(labels)
            videos[video_id] = replace(video, gt=gt, subset=annotation.subset)
    return names, videos
