"""The accuracy metric for segment labels.

Shape letters: T segments of a video, C classes; label C is background.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from mmengine.logging import MMLogger

from ...arguments import checked
from ...errors import InputError
from ...registry import METRICS
from ...tasks import SEGMENTS
from ...text import counted
from ..functional import segment_accuracy
from ..table import format_segment_table
from .base_dataset_metric import BaseDatasetMetric


@dataclass(frozen=True)
class LabelledVideo:
    """Results of a video. It is not a tuple, because MMEngine turns subclasses into plain tuples.

    Attributes:
        key: Id and row of the video in the dataset.
        truth: (T,) true labels.
        found: (T,) predicted labels.
    """

    key: tuple
    truth: np.ndarray
    found: np.ndarray


@METRICS.register_module()
class SegmentAccuracy(BaseDatasetMetric):
    """Accuracy of segment labels as reported on the benchmark, and its components.

    As fractions, it gives ``ave/accuracy``; ``ave/background_recall``, the accuracy on background
    segments; ``ave/mean_class_accuracy``, the accuracy on segments of a class, averaged over
    classes; and ``ave/true_class_everywhere``, the accuracy of assigning the true class of a video
    to all its segments. The last is 0.822 on AVE's test split, above all published results:
    accuracy alone says little about localization.

    Ground truth is part of each sample, and a video counts once even if a sampler repeats it, so
    that results do not depend on the number of processes.

    Args:
        classwise: Whether to log the accuracy of each class, and to add it to the figures as
            ``ave/accuracy/NAME``.
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.
        prefix: Replaces ``ave``; by default the ``dataset_type`` in the dataset's metainfo.
    """

    task = SEGMENTS
    default_prefix = "ave"

    @checked
    def __init__(
        self,
        classwise: bool = False,
        collect_device: Literal["cpu", "gpu"] = "cpu",
        prefix: str | None = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.classwise = classwise

    @property
    def figure_names(self) -> list[str]:
        """Names of the figures without the prefix; the benchmark's measure comes first."""
        names = ["accuracy", "background_recall", "mean_class_accuracy", "true_class_everywhere"]
        return names + [f"accuracy/{name}" for name in self._shown_classes()]

    def _class_names(self) -> Sequence[str]:
        return (self.dataset_meta or {}).get("classes", ())

    def _shown_classes(self) -> Sequence[str]:
        return self._class_names() if self.classwise else ()

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the labels of a batch.

        Args:
            data_batch: Not used.
            data_samples: ``video_id``, ``row``, ``gt_segment_labels`` (T,) and
                ``pred_segment_labels`` (T,).

        Raises:
            InputError: There is no ground truth, or the numbers of labels differ.
        """
        for sample in data_samples:
            if "gt_segment_labels" not in sample:
                raise InputError(
                    f"video {sample['video_id']}: expected labels of its segments, got none: set "
                    "dataset.test_mode=True"
                )
            truth, found = (
                np.asarray(sample[f"{name}_segment_labels"].cpu()) for name in ("gt", "pred")
            )
            if truth.shape != found.shape:
                raise InputError(
                    f"video {sample['video_id']}: expected {len(truth)} labels, one for each "
                    f"segment of the ground truth, got {len(found)}"
                )
            key = (sample["video_id"], sample.get("row"))
            self.results.append(LabelledVideo(key, truth, found))

    def compute_metrics(self, results: list[LabelledVideo]) -> dict[str, float]:
        """Figures over all videos, except those that are undefined."""
        videos = list({result.key: result for result in results}.values())
        shown = self._shown_classes()
        none = np.zeros(0, np.int64)
        figures = segment_accuracy(
            np.concatenate([none, *(video.truth for video in videos)]),
            np.concatenate([none, *(video.found for video in videos)]),
            len(self._class_names()),
        )
        table = format_segment_table(figures, shown)
        MMLogger.get_current_instance().info(f"{counted(len(videos), 'video')}\n{table}")
        values = [
            figures.accuracy,
            figures.background_recall,
            figures.mean_class_accuracy,
            figures.true_class_everywhere,
            *map(float, figures.class_accuracy[: len(shown)]),
        ]
        named = zip(self.figure_names, values, strict=True)
        return {name: value for name, value in named if not math.isnan(value)}
