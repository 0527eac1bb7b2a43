"""Data of a page, as plain Python objects.

Shape letters: T steps, C classes.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...media import Media
from ...structures import Events, TemporalGrid
from ...text import printable
from .previews import waveform

# Minimum score, and maximum number per minute of video, of the predictions in a page. Predictions
# above the initial threshold are always in it.
LEAST_SCORE, MOST_A_MINUTE = 0.02, 200
# Maximum number of classes with curves, and of points per curve.
_MOST_CURVES, _MOST_POINTS = 12, 1500
# Upper ends of the scale of the curves of a video.
_SCALES = (0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True)
class PageVideo:
    """A video of a page.

    Attributes:
        video_id: Id of the video.
        duration: Duration in seconds.
        pred: Predicted events in seconds, best first.
        gt: Annotated events; None if unknown.
        media: Media file, for the waveform and the copy that the page plays.
        class_scores: (T, C) class scores over time.
        grid: Grid of the T steps.
        subset: Split, for annotations that are saved from the page.
    """

    video_id: str
    duration: float
    pred: Events
    gt: Events | None = None
    media: Media | None = None
    class_scores: np.ndarray | None = None
    grid: TemporalGrid | None = None
    subset: str = "test"

    @property
    def file_name(self) -> str:
        """Name of the media file."""
        return Path(self.media.path).name if self.media else f"{self.video_id}.mp4"


# What the page shows of a diagnosis.
_SHOWN = (
    *("num_videos", "num_events", "num_predictions", "tiou", "average_mAP"),
    *("groups", "shares", "costs", "classes", "confusion"),
)


def page_data(
    title: str,
    videos: Sequence[PageVideo],
    classes: Sequence[str],
    score_thr: float,
    diagnosis: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Content of a page, except for the videos themselves."""
    names = [*classes, *(name for v in videos for name in (v.video_id, v.file_name))]
    return dict(
        diagnosis=diagnosis and _diagnosis(diagnosis),
        title=printable(title),
        classes=[printable(name) for name in classes],
        # Saved files contain the original names.
        originals={printable(name): name for name in names if printable(name) != name},
        threshold=score_thr,
        least=_least(score_thr),
        videos=[_video(video, score_thr) for video in videos],
    )


def _diagnosis(diagnosis: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: diagnosis[name] for name in _SHOWN}
    classes = {printable(name): values for name, values in shown["classes"].items()}
    pairs = [(printable(one), printable(other), n) for one, other, n in shown["confusion"]]
    return shown | dict(classes=classes, confusion=pairs)


def _least(score_thr: float) -> float:
    return max(0.0, min(LEAST_SCORE, score_thr))


def _video(video: PageVideo, score_thr: float) -> dict[str, Any]:
    most = round(MOST_A_MINUTE * max(1, video.duration / 60))
    count = max(most, len(video.pred.above(score_thr)))
    return dict(
        id=printable(video.video_id),
        file=printable(video.file_name),
        subset=video.subset,
        duration=round(video.duration, 3),
        pred=_rows(video.pred.above(_least(score_thr)))[:count],
        gt=None if video.gt is None else _rows(video.gt),
        wave=None if video.media is None else _packed(waveform(video.media)),
        curves=_curves(video),
    )


def _rows(events: Events) -> list[list]:
    rows = []
    for start, end, label, score in events:
        rows.append([round(start, 3), round(end, 3), label])
        if score is not None:
            # Not rounded: the page and the table compare it with the same threshold.
            rows[-1].append(score)
    return rows


def _curves(video: PageVideo) -> Mapping[str, Any] | None:
    """Scores of annotated and of the best classes, one byte per point, of the same scale."""
    scores, grid = video.class_scores, video.grid
    if scores is None or grid is None or not len(scores):
        return None
    best = scores.max(0)
    annotated = set() if video.gt is None else set(video.gt.labels.tolist())
    order = sorted(range(len(best)), key=lambda k: (k not in annotated, -best[k]))
    labels = [k for k in order if k in annotated or best[k] >= LEAST_SCORE][:_MOST_CURVES]
    # Maxima over a few steps, so that no peak is lost.
    few = -(-len(scores) // _MOST_POINTS)
    padded = np.pad(scores, ((0, -len(scores) % few), (0, 0)))
    points = padded.reshape(-1, few, scores.shape[1]).max(1)
    top = next((top for top in _SCALES if best[labels].max(initial=0) <= top), 1.0)
    return dict(
        start=grid.to_seconds((few - 1) / 2),
        step=few * grid.step_seconds,
        top=top,
        labels=labels,
        values=[_packed(np.round(255 / top * points[:, k]).astype(np.uint8)) for k in labels],
    )


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()
