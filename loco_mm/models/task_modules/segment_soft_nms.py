"""Suppression as a configurable part of a head.

Shape letters: N candidates, M kept.
"""

from typing import Any

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from ...arguments import Probability, checked
from ...ops.soft_nms import Method, soft_nms
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
