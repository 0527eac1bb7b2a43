"""Suppression as a part of a head's config.

Shape letters: N candidates, M kept.
"""

from typing import Any

from torch import Tensor

from ...errors import InputError
from ...ops.soft_nms import METHODS, soft_nms
from ...registry import TASK_UTILS


@TASK_UTILS.register_module()
class SegmentSoftNMS:
    """Class-wise Soft-NMS with fixed settings; see :func:`loco_mm.ops.soft_nms`.

    Args:
        sigma (float): Width of the Gaussian.
        min_score (float): Candidates are dropped once they score less.
        max_num (int): Most segments kept.
        method (str): ``'gaussian'``, ``'linear'`` or ``'hard'``.
        iou_threshold (float): For the last two.
    """

    def __init__(
        self,
        sigma: float = 0.4,
        min_score: float = 0.001,
        max_num: int = 100,
        method: str = "gaussian",
        iou_threshold: float = 0.3,
    ):
        if sigma <= 0 or max_num < 1 or method not in METHODS:
            raise InputError(
                f"SegmentSoftNMS: sigma={sigma}, max_num={max_num}, method={method!r} found, "
                f"sigma > 0, max_num >= 1 and one of {METHODS} expected: change "
                "model.head.test_cfg.nms"
            )
        self.settings: dict[str, Any] = dict(
            sigma=sigma,
            min_score=min_score,
            max_num=max_num,
            method=method,
            iou_threshold=iou_threshold,
        )

    def __call__(
        self, segments: Tensor, scores: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 2) segments, (N,) scores and (N,) labels to the (M) best."""
        return soft_nms(segments, scores, labels, **self.settings)
