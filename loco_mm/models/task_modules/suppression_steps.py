"""A sequence of suppressions.

Shape letters: N candidates, M kept.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import Tensor

from ...arguments import Part, checked
from ...registry import TASK_UTILS, build_part

Parts = Annotated[Sequence[Part], Field(min_length=1)]


@TASK_UTILS.register_module()
class SuppressionSteps:
    """Applies several suppressions, one after another.

    Args:
        steps (Sequence[dict]): Configs of the suppressions, such as :class:`SegmentSoftNMS`.
    """

    @checked
    def __init__(self, steps: Parts):
        self.steps = [
            build_part(TASK_UTILS, step, f"steps.{number}") for number, step in enumerate(steps)
        ]

    def __call__(
        self, segments: Tensor, scores: Tensor, labels: Tensor, limit_scale: int = 1
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Reduce segments (N, 2), scores (N,) and labels (N,) to the M best.

        The limit is scaled by ``limit_scale``, for long videos.
        """
        for step in self.steps:
            segments, scores, labels = step(segments, scores, labels, limit_scale=limit_scale)
        return segments, scores, labels
