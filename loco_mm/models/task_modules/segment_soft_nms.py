"""Suppression as a configurable part of a head.

Shape letters: B videos, N candidates, M kept.
"""

from collections.abc import Sequence
from typing import Any

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from ...arguments import Probability, checked
from ...ops import RunningSoftNMS, batched_soft_nms, soft_nms
from ...ops.soft_nms import Method
from ...registry import TASK_UTILS


@TASK_UTILS.register_module()
class SegmentSoftNMS:
    """Soft-NMS with fixed settings; see :func:`loco_mm.ops.soft_nms`.

    Args:
        sigma: Width of the Gaussian.
        min_score: Candidates are dropped when their score falls below this value.
        max_num: Maximum number of segments to keep.
        method (str): ``'gaussian'``, ``'linear'`` or ``'hard'``.
        iou_threshold: Threshold for the last two methods.
        across_classes: Whether segments also suppress those of other classes.
    """

    @checked
    def __init__(
        self,
        sigma: PositiveFloat = 0.4,
        min_score: Probability = 0.001,
        max_num: PositiveInt = 100,
        method: Method = "gaussian",
        iou_threshold: Probability = 0.3,
        across_classes: bool = False,
    ):
        self.settings: dict[str, Any] = dict(
            sigma=sigma,
            min_score=min_score,
            max_num=max_num,
            method=method,
            iou_threshold=iou_threshold,
            across_classes=across_classes,
        )

    def __call__(
        self, segments: Tensor, scores: Tensor, labels: Tensor, limit_scale: int = 1
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Reduce segments (N, 2), scores (N,) and labels (N,) to the M best.

        The limit is ``limit_scale`` times ``max_num``, for long videos.
        """
        settings = {**self.settings, "max_num": limit_scale * self.settings["max_num"]}
        return soft_nms(segments, scores, labels, **settings)

    def running(self, score_thr: float, reach: float) -> RunningSoftNMS:
        """The same for a stream, without a limit on the number of segments.

        Args:
            score_thr: Minimum final score of a segment.
            reach: See :class:`RunningSoftNMS`.
        """
        settings = {name: x for name, x in self.settings.items() if name != "max_num"}
        settings["min_score"] = max(settings["min_score"], score_thr)
        return RunningSoftNMS(reach, **settings)

    def suppress_batch(
        self,
        segments: Tensor,
        scores: Tensor,
        labels: Tensor,
        valid: Tensor,
        limit_scales: Sequence[int],
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The same for the videos of a batch at once, for a GPU.

        Args:
            segments: (B, N, 2).
            scores: (B, N).
            labels: (B, N).
            valid: (B, N) bool, False on padding.
            limit_scales: Factor of the limit of each video.

        Returns:
            tuple[Tensor, Tensor, Tensor, Tensor]: Segments (B, M, 2), scores (B, M), labels (B, M)
            and (B, M) bool, False after the last segment of a video.
        """
        limits = [scale * self.settings["max_num"] for scale in limit_scales]
        settings = {**self.settings, "max_num": max(limits)}
        index, found = batched_soft_nms(segments, scores, labels, valid, **settings)
        keep = found > -float("inf")
        if min(limits) < max(limits):
            rank = torch.arange(index.shape[1], device=index.device)
            keep = keep & (rank < torch.tensor(limits, device=index.device)[:, None])
        chosen = segments.gather(1, index[..., None].expand(-1, -1, 2))
        return chosen, found, labels.gather(1, index), keep
