"""Strides of a pyramid's levels."""

from ...errors import InputError
from ..features import FeatureSpec


def pyramid_strides(spec: FeatureSpec, num_levels: int) -> tuple[int, ...]:
    """Strides that double from level to level, starting with that of the streams.

    Args:
        spec: Sizes of the pyramid's input streams.
        num_levels: Number of levels.

    Raises:
        InputError: A full training sequence is not a multiple of the last stride.
    """
    strides = tuple(spec.strides[0] * 2**level for level in range(num_levels))
    if spec.max_len % strides[-1]:
        below = spec.max_len // strides[-1] * strides[-1]
        fits = f"{below} or {below + strides[-1]}" if below else strides[-1]
        raise InputError(
            f"model.max_len: expected a multiple of {strides[-1]}, the stride of the pyramid's "
            f"last level, such as {fits}, got {spec.max_len}: change it, or "
            "model.pyramid.num_levels"
        )
    return strides
