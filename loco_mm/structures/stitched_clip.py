"""A short clip that is followed by a magnified copy of itself.

Shape letters: N segments.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class StitchedClip:
    """Where clip and copy are in the sequence of both (VSGN, Zhao et al., ICCV 2021).

    Args:
        steps: Grid steps of the clip.
        gap: Steps between clip and copy.
        total: Steps of both and the gap.
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
        """Steps of the copy for one of the clip."""
        return (self.total - self.copy_start) / self.steps

    def to_copy(self, segments: Tensor) -> Tensor:
        """Where segments (N, 2) of the clip are in the copy."""
        return segments * self.magnification + self.copy_start

    def to_clip(self, segments: Tensor) -> Tensor:
        """Segments (N, 2) of the clip, from those that start in it and those of the copy."""
        back = (segments - self.copy_start) / self.magnification
        return torch.where(segments[:, :1] >= self.steps, back, segments)
