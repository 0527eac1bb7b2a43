"""Suppression as a part of a head's config.

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
        min_score: Candidates are dropped once they score less.
        max_num: Most segments kept.
        method (str): ``'gaussian'``, ``'linear'`` or ``'hard'``.
        iou_threshold: For the last two.
        across_classes: Whether segments suppress those of other classes, too.
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
        """(N, 2) segments, (N,) scores and (N,) labels to the (M) best.

        A long video may keep ``limit_scale`` times as many as ``max_num``.
        """
        settings = {**self.settings, "max_num": limit_scale * self.settings["max_num"]}
        return soft_nms(segments, scores, labels, **settings)
