"""Checks of arrays and numbers that a caller passes.

Shape letters: N rows.
"""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

from .errors import InputError
from .schema import show


def bad_argument(where: str, found: str, expected: str) -> InputError:
    """Error for a bad argument.

    Args:
        where: Function and argument, such as ``'soft_nms.sigma'``.
        found: Description of the value.
        expected: Description of valid values.
    """
    return InputError(f"{where}: expected {expected}, got {found}")


def check_number(
    where: str, value: Any, expected: str, least: float = -math.inf, above: float = -math.inf
) -> float:
    """Check a finite number of Python or numpy.

    Args:
        where: Function and argument.
        value: The value.
        expected: Description of valid values, for the message.
        least: Lower bound, inclusive.
        above: Lower bound, exclusive.

    Raises:
        InputError: The value is not such a number.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not (value >= least and value > above):
        raise bad_argument(where, show(value), expected)
    return float(value)


def check_count(where: str, value: Any) -> int:
    """Check an integer >= 1 of Python or numpy.

    Raises:
        InputError: The value is not such a number.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise bad_argument(where, show(value), "an integer >= 1")
    return int(value)


def is_of_shape(shape: Sequence[int], wanted: Sequence[int | str]) -> bool:
    """Whether a shape matches another one, in which a string such as ``'N'`` matches any size."""
    return len(shape) == len(wanted) and all(
        isinstance(size, str) or size == found for found, size in zip(shape, wanted, strict=True)
    )


def shape_text(shape: Sequence[int | str]) -> str:
    """A shape as Python prints it, with named sizes without quotes."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def as_numbers(where: str, value: Any, shape: Sequence[int | str]) -> np.ndarray:
    """Convert a list, an array of any byte order, or a tensor on any device to a numeric array.

    Args:
        where: Function and argument.
        value: The value.
        shape: Expected sizes; a string such as ``'N'`` matches any size. Empty values match.

    Raises:
        InputError: The value is not an array of numbers, or has another shape.
    """
    expected = f"numbers {shape_text(shape)}"
    if torch.is_tensor(value):
        # numpy has no bfloat16.
        value = value.detach().to("cpu")
        value = value.float() if value.dtype is torch.bfloat16 else value
    try:
        array = np.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:
        raise bad_argument(
            where, f"{type(value).__name__} of uneven or odd parts", expected
        ) from error
    if array.dtype.kind not in "fiu" and array.size:
        kind = f"{type(value).__name__} of {array.dtype}" if array.ndim else show(value)
        raise bad_argument(where, kind, expected)
    empty = [0 if isinstance(size, str) else size for size in shape]
    if not array.size and array.ndim <= len(shape) and 0 in empty:
        return np.zeros(empty)
    if not is_of_shape(array.shape, shape):
        raise bad_argument(where, f"shape {array.shape}" if array.ndim else show(value), expected)
    # torch does not support negative strides.
    is_reversed = min(array.strides, default=0) < 0
    return array.astype(array.dtype.newbyteorder("="), copy=is_reversed)


def check_finite(where: str, array: np.ndarray) -> None:
    """Refuse an array with NaN or infinite values.

    Raises:
        InputError: There are such values; the message says how many.
    """
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        raise bad_argument(where, f"{bad} of {array.size} values NaN or infinite", "finite numbers")


def as_float32(where: str, array: np.ndarray) -> np.ndarray:
    """Convert an array to float32, the precision that models read.

    Raises:
        InputError: Values are NaN or infinite, or become so in float32.
    """
    with np.errstate(over="ignore"):
        values = array.astype(np.float32, copy=False)
    # A sum is finite only if all terms are, and needs no array of booleans.
    if not np.isfinite(values.sum(dtype=np.float64)):
        check_finite(where, values)
    return values


def check_segments(where: str, segments: np.ndarray) -> None:
    """Refuse segments (N, 2) that are not finite, or end before they start.

    Raises:
        InputError: There is such a segment; the message names the first.
    """
    check_finite(where, segments)
    is_reversed = segments[:, 1] < segments[:, 0]
    if is_reversed.any():
        row = int(is_reversed.argmax())
        raise bad_argument(f"{where}[{row}]", f"{segments[row].tolist()}", "an end after the start")


def check_labels(where: str, labels: np.ndarray) -> np.ndarray:
    """Convert labels (N,) to int64.

    Raises:
        InputError: A label is not an integer >= 0.
    """
    is_label = (labels >= 0) & (labels < 2**31) & (labels == np.floor(labels))
    if not is_label.all():
        row = int(is_label.argmin())
        raise bad_argument(f"{where}[{row}]", f"{labels[row].item()}", "a class, an integer >= 0")
    return labels.astype(np.int64)
