"""Whether a setting, as it comes from a config or a command line, is what it has to be."""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from ...errors import InputError


def is_number(value, low: float, kind: Any = Real) -> bool:
    """A finite number of a kind, from ``low`` on; neither NaN nor True is one."""
    return isinstance(value, kind) and not isinstance(value, bool) and bool(low <= value < math.inf)


def is_count(value, low: int = 0) -> bool:
    """A whole number from ``low`` on."""
    return is_number(value, low, Integral)


def are_counts(values, number: int, low: int = 0) -> bool:
    """A tuple of so many whole numbers from ``low`` on."""
    return (
        isinstance(values, tuple)
        and len(values) == number
        and all(is_count(value, low) for value in values)
    )


def is_range(value, kind: type = Real) -> bool:
    """A pair of numbers of a kind, neither negative, the first not above the second."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and all(is_number(end, 0, kind) for end in value)
        and value[0] <= value[1]
    )


def check_all(settings: Any, fits: Mapping[str, bool]) -> None:
    """Refuse a world with a setting out of range.

    Args:
        settings: Has them as attributes.
        fits: Whether each is what it has to be, by name.

    Raises:
        InputError: Names the first that is not.
    """
    for name, good in fits.items():
        if not good:
            raise InputError(f"synthetic world: {name}={getattr(settings, name)!r} is out of range")
