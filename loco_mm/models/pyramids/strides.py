"""Strides of a pyramid's levels."""

from ...errors import InputError
from ..features import FeatureSpec


def pyramid_strides(spec: FeatureSpec, num_levels: int) -> tuple[int, ...]:
    """1, 2, 4 and so on.

    Args:
        spec (FeatureSpec): Of the streams that the pyramid reads.
        num_levels (int): Levels.

    Raises:
        InputError: A full training sequence is no multiple of the last.
    """
    strides = tuple(2**level for level in range(num_levels))
    if spec.max_len % strides[-1]:
        raise InputError(
            f"model.max_len is {spec.max_len}, but {num_levels} pyramid levels need a multiple "
            f"of 2^(L-1) = {strides[-1]}: change model.max_len or model.pyramid.num_levels"
        )
    return strides
