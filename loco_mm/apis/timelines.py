"""Draws timelines of prediction files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import InputError
from ..fileio import (
    Annotations,
    check_folder,
    check_output,
    read_annotations,
    read_predictions,
)
from ..structures import Events
from ..text import file_name, warn
from ..visualization import draw_timeline


def draw_timelines(
    annotations: str | Path,
    predictions: Mapping[str, str | Path],
    out_dir: str | Path,
    subset: str = "test",
    num: int = 4,
    video_ids: Sequence[str] | None = None,
    score_thr: float = 0.2,
) -> Iterator[Path]:
    """Draw the timelines of videos: ground truth, and below it the predictions of each model.

    Args:
        annotations: File in the UnAV-100 form.
        predictions: Files in ActivityNet form by name of the model.
        out_dir: Folder for the PNG files, each named after its video.
        subset: Split to draw.
        num: Number of videos; those with the most events are drawn.
        video_ids: Videos to draw instead.
        score_thr: Minimum score of the drawn predictions.

    Yields:
        Path: Each file, once it is written.

    Raises:
        InputError: A file is invalid, a video is not annotated, or a file cannot be written.
    """
    content = read_annotations(annotations)
    found = {name: read_predictions(file, content) for name, file in predictions.items()}
    names = video_ids or _busiest(content, subset, num)
    check_folder(out_dir)
    paths = {name: Path(out_dir) / file_name("--video-ids", name, ".png") for name in names}
    for name, path in paths.items():
        if name not in content.videos:
            raise InputError(f"{annotations}: no video {name!r}: change --video-ids")
        check_output(path)
    for name, path in paths.items():
        video = content.videos[name]
        for model, file in predictions.items():
            if name not in found[model]:
                warn(f"{file} has no entry for video {name}: drawn without predictions")
        kept = {
            model: events.get(name, Events.none()).above(score_thr)
            for model, events in found.items()
        }
        draw_timeline(path, name, video.duration, video.events, kept, content.classes)
        yield path


def _busiest(content: Annotations, subset: str, count: int) -> list[str]:
    """Videos with the most events first; ties keep the order of the file."""
    videos = content.of_subset(subset)
    return sorted(videos, key=lambda name: -len(videos[name].events))[:count]
