"""The task of AVE and VGGSound-AVEL100k: one label for each segment of a video.

Shape letters: T segments, T_i those of a video, C classes, K scores; label C is background.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ..arrays import bad_argument
from ..structures import Events
from .base_task import Task


class SegmentLabelling(Task):
    """Predicts ``pred_segment_labels`` (T_i,) and ``pred_segment_scores`` (T_i, K)."""

    name = "labels of segments"
    metric = "SegmentAccuracy"
    takes_media = False
    shared_keys = ("supervision", "video_label")

    def sample(
        self,
        video_id: str,
        row: int = 0,
        *,
        segment_labels: np.ndarray | None = None,
        video_label: np.ndarray | None = None,
    ):
        """Create a data sample of a video.

        Args:
            video_id: Id of the video, which need not be unique.
            row: Index of the video in its dataset, unique together with the id.
            segment_labels: (T,) ground truth of the segments; stored as ``gt_segment_labels``.
            video_label: (C + 1,) ground truth of the video, fractions that sum to 1; stored as
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

    def attach(self, sample: Any, found: Any) -> None:
        """Add predicted labels (T_i,) and scores (T_i, K) of segments to a sample."""
        sample.pred_segment_labels = found.labels
        sample.pred_segment_scores = found.scores

    def inference_sample(
        self, video_id: str, steps: int, trained: Mapping | None, grid: Any, duration: Any
    ):
        """See :meth:`Task.inference_sample`. Grid and duration are not used."""
        if grid is not None or duration is not None:
            raise bad_argument(
                "inference.grid, duration", "a value", "None for a model of segments"
            )
        return self.sample(video_id)

    def example(
        self,
        steps: int,
        num_classes: int,
        events: Events | None = None,
        video_id: str = "video",
        proportion: bool = False,
    ):
        """See :meth:`Task.example`. The label of the video is the lowest of its segments."""
        step, labels = np.arange(steps), np.full(steps, num_classes)
        for event in events or ():
            labels[(step >= event.start) & (step <= event.end)] = event.label
        shares = np.eye(num_classes + 1)[labels]
        label = shares.mean(0) if proportion else shares[np.argmin(labels)]
        return self.sample(video_id, segment_labels=labels, video_label=label)
