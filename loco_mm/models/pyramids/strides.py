"""Strides of a pyramid's levels."""

from ...errors import InputError
from ..features import FeatureSpec


def pyramid_strides(spec: FeatureSpec, num_levels: int) -> tuple[int, ...]:
    """The streams' own, twice that, four times that, and so on.

    Args:
        spec: Sizes of the streams that the pyramid reads.
        num_levels: Levels.

    Raises:
        InputError: A full training sequence is no multiple of the last.
    """
    strides = tuple(spec.strides[0] * 2**level for level in range(num_levels))
    if spec.max_len % strides[-1]:
        below = spec.max_len // strides[-1] * strides[-1]
        fits = f"{below} or {below + strides[-1]}" if below else strides[-1]
        raise InputError(
            f"model.max_len is {spec.max_len}, but the last level of the pyramid has a stride of "
            f"{strides[-1]} steps, and {fits} would fit: change model.max_len or "
            "model.pyramid.num_levels"
        )
    return strides
