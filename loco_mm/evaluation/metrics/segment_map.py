"""The mAP metric.

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
from ...text import counted
from ..functional import detection_map
from ..table import format_table
from .base_dataset_metric import BaseDatasetMetric

DEFAULT_TIOU = tuple(round(0.1 * step, 1) for step in range(1, 10))


@dataclass(frozen=True)
class VideoResult:
    """Results of a video. It is not a tuple, because MMEngine turns subclasses into plain tuples.

    Attributes:
        video_id: Id of the video.
        pred: Predictions, in seconds.
        gt: Ground truth of the whole video, in seconds.
    """

    video_id: str
    pred: Events
    gt: Events


@METRICS.register_module()
class SegmentMAP(BaseDatasetMetric):
    """Mean average precision at temporal IoU thresholds, and its average over thresholds.

    As fractions, it gives the average ``unav100/mAP``, and ``unav100/mAP@0.1`` to
    ``unav100/mAP@0.9``. The average comes first, so that ``save_best="auto"`` of the checkpoint
    hook uses it. Ground truth is part of each sample, and a video counts once even if a sampler
    repeats it, so that results do not depend on the number of processes. Videos that the dataset
    skipped because their features are missing count as videos without predictions.

    Args:
        tiou_thresholds (Sequence[float]): Thresholds.
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.
        prefix: Replaces ``unav100``; by default the ``dataset_type`` in the dataset's metainfo.
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
        """Names of the figures without the prefix; the average comes first."""
        return ["mAP", *(f"mAP@{tiou:g}" for tiou in self.tiou_thresholds)]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the predictions and the ground truth of a batch.

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
        """Figures over all videos; NaN without annotated events, which is never a best epoch."""
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
                f"no event is annotated in {counted(len(videos), 'video')}: there is nothing to "
                "compare predictions with, and no mAP"
            )
            return dict.fromkeys(self.figure_names, math.nan)
        note = f", {len(skipped)} of them without features, and so predictions" if skipped else ""
        logger.info(f"{counted(len(videos), 'video')}{note}\n{format_table(figures)}")
        values = (figures.average_mAP, *map(float, figures.mAP))
        return dict(zip(self.figure_names, values, strict=True))
