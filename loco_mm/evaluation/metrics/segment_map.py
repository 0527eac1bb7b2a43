"""The mAP metric of the runner.

Shape letters: N events of a video, M predictions of a video.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mmengine.logging import MMLogger
from pydantic import Field

from ...arguments import checked
from ...registry import METRICS
from ...structures import Events, GroundTruth, Predictions
from ...tasks import EVENTS
from ..functional import detection_map
from ..table import format_table
from .base_dataset_metric import BaseDatasetMetric

DEFAULT_TIOU = tuple(round(0.1 * step, 1) for step in range(1, 10))


@dataclass(frozen=True)
class VideoResult:
    """What is kept of a video. No tuple: MMEngine rebuilds those as plain ones.

    Attributes:
        video_id: Name of the video.
        pred: Predictions, in seconds.
        gt: Ground truth of the whole video, in seconds.
    """

    video_id: str
    pred: Events
    gt: Events


@METRICS.register_module()
class SegmentMAP(BaseDatasetMetric):
    """Mean average precision at temporal IoU thresholds, and their mean.

    Gives ``unav100/mAP`` and what it is the mean of, ``unav100/mAP@0.1`` to
    ``unav100/mAP@0.9``, as fractions. The mean comes first: it is what ``save_best="auto"`` of
    the checkpoint hook takes. Ground truth comes with each sample, and a video counts once
    however often a sampler repeats it: several processes agree with one. Videos that the dataset
    skipped, for want of features, count as videos without predictions.

    Args:
        tiou_thresholds (Sequence[float]): Thresholds.
        collect_device: ``'cpu'`` or ``'gpu'``, for results of several processes.
        prefix: Replaces ``unav100``; by default the ``dataset_type`` of the
            dataset's metainfo.
    """

    task = EVENTS
    default_prefix = "unav100"

    @checked
    def __init__(
        self,
        tiou_thresholds: Annotated[
            Sequence[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)
        ] = DEFAULT_TIOU,
        collect_device: Literal["cpu", "gpu"] = "cpu",
        prefix: str | None = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.tiou_thresholds = tuple(tiou_thresholds)

    @property
    def figure_names(self) -> list[str]:
        """Names of the figures, without the prefix, the mean first."""
        return ["mAP", *(f"mAP@{tiou:g}" for tiou in self.tiou_thresholds)]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predictions and the ground truth of a batch.

        Args:
            data_batch: Not used.
            data_samples: ``video_id``, ``gt_segments_sec`` (N, 2), ``gt_labels``
                (N,) and ``pred_instances`` with segments (M, 2) in seconds, scores, labels.
        """
        for sample in data_samples:
            pred = Events.from_instances(sample["pred_instances"])
            whole = dict(segments=sample["gt_segments_sec"], labels=sample["gt_labels"])
            gt = Events.from_instances(whole)
            self.results.append(VideoResult(sample["video_id"], pred, gt))

    def compute_metrics(self, results: list[VideoResult]) -> dict[str, float]:
        """The figures of all videos; NaN where no event is annotated, which is no best epoch's."""
        skipped: dict[str, Events] = (self.dataset_meta or {}).get("skipped_videos", {})
        missing = [VideoResult(name, Events.none(), gt) for name, gt in skipped.items()]
        videos = {result.video_id: result for result in [*results, *missing]}
        figures = detection_map(
            GroundTruth.of({name: video.gt for name, video in videos.items()}),
            Predictions.of({name: video.pred for name, video in videos.items()}),
            self.tiou_thresholds,
        )
        logger = MMLogger.get_current_instance()
        if not len(figures.classes):
            logger.warning(
                f"no event is annotated in {len(videos)} videos: there is nothing to compare "
                "predictions with, and no mAP"
            )
            return dict.fromkeys(self.figure_names, math.nan)
        note = f", {len(skipped)} of them without features, and so predictions" if skipped else ""
        logger.info(f"{len(videos)} videos{note}\n{format_table(figures)}")
        values = (figures.average_mAP, *map(float, figures.mAP))
        return dict(zip(self.figure_names, values, strict=True))
