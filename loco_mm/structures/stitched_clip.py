"""A short clip followed by a magnified copy of itself.

Shape letters: N segments.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class StitchedClip:
    """Positions of clip and copy in their concatenation (VSGN, Zhao et al., ICCV 2021).

    Args:
        steps: Number of grid steps of the clip.
        gap: Number of steps between clip and copy.
        total: Number of steps of clip, gap and copy together.
    """

    steps: int
    gap: int
    total: int

    @property
    def copy_start(self) -> int:
        """First step of the copy."""
        return self.steps + self.gap

    @property
    def magnification(self) -> float:
        """Number of steps of the copy per step of the clip."""
        return (self.total - self.copy_start) / self.steps

    def to_copy(self, segments: Tensor) -> Tensor:
        """Map segments (N, 2) of the clip to the copy."""
        return segments * self.magnification + self.copy_start

    def to_clip(self, segments: Tensor) -> Tensor:
        """Map segments (N, 2) to the clip, both those that start in it and those in the copy."""
        back = (segments - self.copy_start) / self.magnification
        return torch.where(segments[:, :1] >= self.steps, back, segments)
