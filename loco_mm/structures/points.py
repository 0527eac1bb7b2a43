"""Points: the positions in a pyramid at which events are predicted.

Shape letters: P points of all levels, L levels.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Points(NamedTuple):
    """Points of all pyramid levels, concatenated from fine to coarse; all in grid steps.

    Attributes:
        position: (P,) position on the grid.
        stride: (P,) stride of the point's level.
        reg_min: (P,) lower bound of the regression range of the point's level.
        reg_max: (P,) upper bound of that range.
        level: (P,) long, index of the level.
    """

    position: Tensor
    stride: Tensor
    reg_min: Tensor
    reg_max: Tensor
    level: Tensor


def pyramid_points(
    lengths: Sequence[int],
    strides: Sequence[int],
    regression_ranges: Sequence[tuple[float, float]],
    device: torch.device | str = "cpu",
) -> Points:
    """Points of a pyramid.

    Args:
        lengths: Number of points of each of the L levels.
        strides: Stride of each level, in grid steps.
        regression_ranges: Regression range of each level, in grid steps.
        device: Device of the tensors.

    Returns:
        Points: All points, from fine to coarse.
    """
    levels = []
    rows = zip(lengths, strides, regression_ranges, strict=True)
    for level, (length, stride, (low, high)) in enumerate(rows):
        position = torch.arange(length, dtype=torch.float32, device=device) * stride
        levels.append(
            Points(
                position,
                stride=torch.full_like(position, stride),
                reg_min=torch.full_like(position, low),
                reg_max=torch.full_like(position, high),
                level=torch.full_like(position, level, dtype=torch.long),
            )
        )
    return Points(*map(torch.cat, zip(*levels, strict=True)))
