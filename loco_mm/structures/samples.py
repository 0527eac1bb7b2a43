"""The toolbox's data sample, as models and metrics of this package read it.

Shape letters: T segments of a video, C classes; label C is background.
"""

from typing import Any

import numpy as np
import torch

from .events import Events
from .grid import TemporalGrid


def build_sample(
    video_id: str,
    duration: float,
    grid: TemporalGrid,
    *,
    on_grid: Events | None = None,
    in_seconds: Events | None = None,
):
    """A data sample of one video.

    Args:
        video_id (str): Name of the video.
        duration (float): Seconds of the video.
        grid (TemporalGrid): Grid of its features.
        on_grid (Events | None): Ground truth of what the model sees, which may be a crop, in grid
            steps: ``gt_instances``, which training reads.
        in_seconds (Events | None): Ground truth of the whole video, in seconds: meta
            ``gt_segments_sec`` and ``gt_labels``. The metric reads it there, so that several
            processes agree with one.

    Returns:
        ActionDataSample: With meta ``video_id``, ``duration`` and ``grid``.
    """
    # Importing it costs half a second, which `import loco_mm` should not.
    from mmaction.structures import ActionDataSample

    meta = dict(video_id=video_id, duration=duration, grid=grid)
    if in_seconds is not None:
        meta.update(gt_segments_sec=in_seconds.segments, gt_labels=in_seconds.labels)
    sample = ActionDataSample(metainfo=meta)
    if on_grid is not None:
        sample.gt_instances = on_grid.to_instances()
    return sample


def build_segment_sample(
    video_id: str,
    row: int,
    *,
    segment_labels: np.ndarray | None = None,
    video_label: np.ndarray | None = None,
):
    """A data sample of one video, of which every segment has a label.

    Args:
        video_id (str): Name of the video, which need not be its own alone.
        row (int): Number of the video in its data set; together the two are.
        segment_labels (ndarray | None): (T,) ground truth of the segments:
            ``gt_segment_labels``.
        video_label (ndarray | None): (C + 1,) ground truth of the video, shares that sum to 1:
            ``gt_video_label``.

    Returns:
        ActionDataSample: With meta ``video_id`` and ``row``.
    """
    from mmaction.structures import ActionDataSample

    sample = ActionDataSample(metainfo=dict(video_id=video_id, row=row))
    if segment_labels is not None:
        sample.gt_segment_labels = torch.from_numpy(segment_labels.astype(np.int64))
    if video_label is not None:
        sample.gt_video_label = torch.from_numpy(video_label.astype(np.float32))
    return sample


def predicted_events(sample: Any, background: int) -> Events:
    """What was found in a sample, as events.

    Args:
        sample (ActionDataSample | dict): With ``pred_instances``: segments (M, 2) in seconds,
            scores (M,) and labels (M,); or with ``pred_segment_labels`` (T,) and
            ``pred_segment_scores`` (T, K) of segments of a second, whose runs of one label are
            events.
        background (int): Label of no event.
    """
    found = sample.get("pred_instances")
    if found is not None:
        return Events.from_instances(found)
    labels, scores = (sample.get(f"pred_segment_{name}") for name in ("labels", "scores"))
    return Events.from_labels(labels.cpu().numpy(), scores.cpu().numpy(), background)
