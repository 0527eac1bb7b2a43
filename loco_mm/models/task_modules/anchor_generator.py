"""Anchors, the initial segments of a detector.

Shape letters: P points of all levels, A anchors of a point.
"""

from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor

from ...arguments import checked
from ...registry import TASK_UTILS

Scales = Annotated[Sequence[PositiveFloat], Field(min_length=1)]


@TASK_UTILS.register_module()
class AnchorGenerator:
    """Anchors of a few lengths, centred on the interval that each step of a level covers.

    Source: VSGN (Zhao et al., ICCV 2021).

    Args:
        scales (Sequence[float]): A lengths, in strides of a level.
    """

    @checked
    def __init__(self, scales: Scales = (1.0, 1.5)):
        self.scales = tuple(scales)

    def __call__(
        self, lengths: Sequence[int], strides: Sequence[int], device: torch.device
    ) -> Tensor:
        """Anchors for levels of the given lengths.

        Args:
            lengths: Number of steps of each level.
            strides: Stride of each level, in grid steps.
            device: Device of the anchors.

        Returns:
            Tensor: (P, A, 2) first and last grid step: an anchor of n steps ends n - 1 steps after
            its start.
        """
        levels = []
        for length, stride in zip(lengths, strides, strict=True):
            centre = (torch.arange(length, device=device) + 0.5) * stride
            halves = [0.5 * (scale * stride - 1) for scale in self.scales]
            anchors = [torch.stack([centre - half, centre + half], dim=-1) for half in halves]
            levels.append(torch.stack(anchors, dim=1))
        return torch.cat(levels)
