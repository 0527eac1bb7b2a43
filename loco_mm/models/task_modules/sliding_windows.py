"""Sliding windows for videos that are longer than training sequences.

Shape letters: T steps of a video, W those of a window, N windows, D channels.
"""

from collections.abc import Iterator, Sequence

from pydantic import NonNegativeInt, PositiveInt
from torch import Tensor

from ...arguments import checked
from ...errors import InputError
from ...ops import padded
from ...registry import TASK_UTILS
from ...structures import StepWindow, plan_windows
from ..features import FeatureSpec


@TASK_UTILS.register_module()
class SlidingWindows:
    """Cuts a long video into overlapping windows, whose central parts are used.

    Args:
        spec: Sizes of the levels: their strides, and the steps of a full training sequence.
        size: Number of steps of a window, a multiple of the last stride; by default that of a full
            training sequence.
        overlap: Minimum number of steps that two adjacent windows share; by default half of
            ``size``.
        min_steps: Videos with fewer steps are not cut; by default those that fit into one window.
        batch_size: Number of windows that the model processes at once.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        size: PositiveInt | None = None,
        overlap: NonNegativeInt | None = None,
        min_steps: NonNegativeInt | None = None,
        batch_size: PositiveInt = 8,
    ):
        self.size = spec.max_len if size is None else size
        self.overlap = self.size // 2 if overlap is None else overlap
        self.min_steps = max(min_steps or 0, self.size + 1)
        self.batch_size, self.multiple = batch_size, spec.strides[-1]
        if self.size % self.multiple:
            raise InputError(
                "model.windows.size: expected a multiple of the pyramid's last stride "
                f"{self.multiple}, got {self.size}"
            )
        if self.overlap > self.size - self.multiple:
            raise InputError(
                "model.windows.overlap: expected at most size - the pyramid's last stride = "
                f"{self.size - self.multiple}, got {self.overlap}"
            )

    def plan(self, steps: int) -> list[StepWindow]:
        """Windows of a video with the given number of steps; a single one if it is not cut."""
        if steps < self.min_steps:
            return [StepWindow(0, steps, 0, steps)]
        return plan_windows(steps, self.size, self.overlap, self.multiple)

    def cut(
        self, inputs: dict[str, Tensor], windows: Sequence[StepWindow]
    ) -> Iterator[dict[str, Tensor]]:
        """Batches of windows.

        Args:
            inputs: Inputs of one video by name, (T, ...), zero on padding.
            windows: Windows of the video.

        Yields:
            dict[str, Tensor]: (N, W, ...) by name, zero on padding.
        """
        for start in range(0, len(windows), self.batch_size):
            some = windows[start : start + self.batch_size]
            yield {
                name: padded([value[w.start : w.stop] for w in some], self.size)
                for name, value in inputs.items()
            }
