"""Several suppressions, one after another.

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
    """What one suppression keeps, the next one reads.

    Args:
        steps (Sequence[dict]): Configs of the suppressions, as :class:`SegmentSoftNMS`.
    """

    @checked
    def __init__(self, steps: Parts):
        self.steps = [
            build_part(TASK_UTILS, step, f"steps.{number}") for number, step in enumerate(steps)
        ]

    def __call__(
        self, segments: Tensor, scores: Tensor, labels: Tensor, limit_scale: int = 1
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 2) segments, (N,) scores and (N,) labels to the (M) best.

        A long video may keep ``limit_scale`` times as many.
        """
        for step in self.steps:
            segments, scores, labels = step(segments, scores, labels, limit_scale=limit_scale)
        return segments, scores, labels
