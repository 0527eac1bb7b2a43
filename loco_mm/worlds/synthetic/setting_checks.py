"""Checks of settings from a config or a command line."""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from ...errors import InputError


def is_number(value, low: float, kind: Any = Real) -> bool:
    """Whether a value is a finite number >= ``low`` of the given type, and not a bool."""
    return isinstance(value, kind) and not isinstance(value, bool) and bool(low <= value < math.inf)


def is_count(value, low: int = 0) -> bool:
    """Whether a value is an integer >= ``low``."""
    return is_number(value, low, Integral)


def are_counts(values, number: int, low: int = 0) -> bool:
    """Whether a value is a tuple of the given number of integers >= ``low``."""
    return (
        isinstance(values, tuple)
        and len(values) == number
        and all(is_count(value, low) for value in values)
    )


def is_range(value, kind: type = Real) -> bool:
    """Whether a value is a pair of non-negative numbers in ascending order."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and all(is_number(end, 0, kind) for end in value)
        and value[0] <= value[1]
    )


def check_all(settings: Any, fits: Mapping[str, bool]) -> None:
    """Refuse a world with a setting out of range.

    Args:
        settings: Object with the settings as attributes.
        fits: Whether each setting is valid, by name.

    Raises:
        InputError: A setting is invalid; the message names the first.
    """
    for name, good in fits.items():
        if not good:
            raise InputError(f"synthetic world: {name}={getattr(settings, name)!r} is out of range")
