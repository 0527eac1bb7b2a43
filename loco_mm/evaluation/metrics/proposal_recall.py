"""Average recall of class-agnostic proposals, for MMAction2's localizers such as BMN.

Shape letters: N events of a video, M proposals of a video, X thresholds.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from mmengine.evaluator import BaseMetric
from pydantic import Field, PositiveInt

from ...arguments import checked
from ...registry import METRICS
from ...structures import segment_iou

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


@METRICS.register_module()
class ProposalRecall(BaseMetric):
    """Fraction of the events that one of the best proposals of their video covers.

    ``proposals/AR@n`` is the recall of the n best proposals of each video, averaged over thresholds
    of the temporal IoU. ANetMetric of MMAction2 takes the same share of the proposals of each video
    instead of the same number.

    Args:
        numbers (Sequence[int]): Numbers n of proposals.
        tiou_thresholds (Sequence[float]): The X thresholds.
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.
        prefix: Replaces ``proposals``.
    """

    default_prefix = "proposals"

    @checked
    def __init__(
        self,
        numbers: Annotated[Sequence[PositiveInt], Field(min_length=1)] = (100, 10, 5, 1),
        tiou_thresholds: Annotated[
            Sequence[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)
        ] = THRESHOLDS,
        collect_device: Literal["cpu", "gpu"] = "cpu",
        prefix: str | None = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.numbers = tuple(numbers)
        self.tiou_thresholds = np.array(tiou_thresholds)

    def process(self, data_batch: Mapping[str, Any], data_samples: Sequence[Mapping]) -> None:
        """Collect the proposals and the events of a batch.

        Args:
            data_batch: ``data_samples`` with ``video_name`` and ``annotations`` in their meta.
            data_samples: Output of the localizer: ``video_name`` and ``proposal_list``, whose
                entries have ``segment`` in seconds and ``score``.
        """
        samples = data_batch["data_samples"]
        annotations = {sample.video_name: sample.annotations for sample in samples}
        for found in data_samples:
            events = [entry["segment"] for entry in annotations[found["video_name"]]]
            ranked = sorted(found["proposal_list"], key=lambda entry: -entry["score"])
            proposals = [entry["segment"] for entry in ranked[: max(self.numbers)]]
            self.results.append((found["video_name"], proposals, events))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """The recalls as fractions; NaN without events."""
        videos = {name: (proposals, events) for name, proposals, events in results}
        covered = [self._covered(*video) for video in videos.values()]
        # (N of all videos, numbers, X)
        found = np.concatenate(covered) if covered else np.zeros((0, len(self.numbers), 1))
        if not len(found):
            return {f"AR@{number}": math.nan for number in self.numbers}
        means = found.mean((0, 2)).tolist()
        return {f"AR@{number}": mean for number, mean in zip(self.numbers, means, strict=True)}

    def _covered(self, proposals: Sequence, events: Sequence) -> np.ndarray:
        """(N, numbers, X) whether the best proposals (M, 2) of a video cover events (N, 2)."""
        pred, gt = (np.array(x, dtype=float).reshape(-1, 2) for x in (proposals, events))
        iou = segment_iou(gt[:, None], pred[None])
        best = [iou[:, :number].max(1, initial=0) for number in self.numbers]
        return np.stack(best, axis=1)[..., None] >= self.tiou_thresholds
