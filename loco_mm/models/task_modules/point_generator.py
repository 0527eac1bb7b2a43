"""Points of a pyramid."""

import itertools
import math
from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import AllowInfNan, Field, PositiveInt

from ...arguments import checked
from ...errors import InputError
from ...registry import TASK_UTILS
from ...structures import Points, pyramid_points

Bound = Annotated[float, Field(ge=0), AllowInfNan()] | None
RegressionRange = Annotated[Sequence[Bound], Field(min_length=2, max_length=2)]


@TASK_UTILS.register_module()
class PyramidPointGenerator:
    """Generates the points of a pyramid, with the regression range of each level.

    Args:
        num_levels: Number of levels, passed by the head.
        regression_ranges (Sequence[tuple] | None): One range (low, high) per level, in grid steps,
            for the larger of a point's distances to the ends of an event. Each range must start
            where the previous one ends, so that every event belongs to a level. The last one may
            end with None, which means infinity (a config file with infinity could not be read
            again). By default they double as strides do: (0, 4), (4, 8), (8, 16) and so on, with
            the last one unbounded.
    """

    @checked
    def __init__(
        self,
        num_levels: PositiveInt,
        regression_ranges: Sequence[RegressionRange] | None = None,
    ):
        if regression_ranges is None:
            bounds = [0, *(4 * 2**level for level in range(num_levels - 1)), None]
            regression_ranges = list(itertools.pairwise(bounds))
        self.regression_ranges = [(_bound(low), _bound(high)) for low, high in regression_ranges]
        previous = 0.0
        for level, (low, high) in enumerate(self.regression_ranges):
            if low != previous or high <= low:
                raise InputError(
                    "model.head.point_generator.regression_ranges: expected ascending ranges that "
                    f"start where the previous one ends, here at {previous}, got {(low, high)} at "
                    f"level {level}"
                )
            previous = high
        self._cache: dict[tuple, Points] = {}
        if len(self.regression_ranges) != num_levels:
            raise InputError(
                "model.head.point_generator.regression_ranges: expected one range for each of the "
                f"{num_levels} levels of model.pyramid, got {len(self.regression_ranges)}"
            )

    def __call__(
        self, lengths: Sequence[int], strides: Sequence[int], device: torch.device
    ) -> Points:
        """Points for levels of the given lengths, which are cached for the next call.

        Args:
            lengths: Number of steps of each level.
            strides: Stride of each level, in grid steps.
            device: Device of the points.

        Returns:
            Points: Points of all levels, fine to coarse.
        """
        key = (tuple(lengths), tuple(strides), str(device))
        if key not in self._cache:
            # Test videos have many different lengths, so the cache is kept small.
            if len(self._cache) >= 16:
                self._cache.clear()
            self._cache[key] = pyramid_points(lengths, strides, self.regression_ranges, device)
        return self._cache[key]


def _bound(value: float | None) -> float:
    return math.inf if value is None else float(value)
