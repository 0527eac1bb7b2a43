"""Points: the positions of a pyramid at which events are predicted.

Shape letters: P points of all levels, L levels.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Points(NamedTuple):
    """Pyramid points, levels one after the other, fine to coarse; everything in grid steps.

    Attributes:
        position: (P,) position on the grid.
        stride: (P,) stride of the point's level.
        reg_min: (P,) least regression distance the point answers for.
        reg_max: (P,) largest regression distance the point answers for.
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
    """The points of a pyramid.

    Args:
        lengths: L numbers of points, a level each.
        strides: L strides, in grid steps.
        regression_ranges: L ranges, in grid steps.
        device: Where to make the tensors.

    Returns:
        Points: All points, fine to coarse.
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
