"""A sequence of suppressions.

Shape letters: N candidates, M kept.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field
from torch import Tensor

from ...arguments import Part, checked
from ...ops import RunningCandidates
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

    def running(self, score_thr: float, reach: float) -> "RunningSteps":
        """The same for a stream, see :meth:`SegmentSoftNMS.running`."""
        return RunningSteps([step.running(score_thr, reach) for step in self.steps])


class RunningSteps:
    """Applies several suppressions of a stream, one after another.

    Args:
        steps: The suppressions.
    """

    def __init__(self, steps: Sequence[Any]):
        self.steps = steps

    @property
    def earliest(self) -> float:
        """Earliest start of the candidates that are not final; infinite if there are none."""
        return min(step.earliest for step in self.steps)

    def update(self, candidates: RunningCandidates, bound: float) -> RunningCandidates:
        """Add candidates and return the final ones, see :meth:`RunningSoftNMS.update`."""
        for step in self.steps:
            candidates = step.update(candidates, bound)
            bound = min(bound, step.earliest)
        return candidates
