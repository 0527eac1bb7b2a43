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
        position (Tensor): (P,) position on the grid.
        stride (Tensor): (P,) stride of the point's level.
        reg_min (Tensor): (P,) least regression distance the point answers for.
        reg_max (Tensor): (P,) largest regression distance the point answers for.
        level (Tensor): (P,) long, index of the level.
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
        lengths (Sequence[int]): L numbers of points, a level each.
        strides (Sequence[int]): L strides, in grid steps.
        regression_ranges (Sequence[tuple[float, float]]): L ranges, in grid steps.
        device: Where to make the tensors.

    Returns:
        Points: All points, fine to coarse.
    """
    fields = [[] for _ in Points._fields]
    rows = zip(lengths, strides, regression_ranges, strict=True)
    for level, (length, stride, (low, high)) in enumerate(rows):
        position = torch.arange(length, dtype=torch.float32, device=device) * stride
        fields[0].append(position)
        for field, value in zip(fields[1:4], (stride, low, high), strict=True):
            field.append(torch.full_like(position, float(value)))
        fields[4].append(torch.full_like(position, level, dtype=torch.long))
    return Points(*(torch.cat(field) for field in fields))
