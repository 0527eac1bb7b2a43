"""Arrays and numbers that a caller gives, checked.

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
    """The error of an argument.

    Args:
        where: Function and argument, as ``'soft_nms.sigma'``.
        found: What was found.
        expected: What was expected.
    """
    return InputError(f"{where}: expected {expected}, got {found}")


def check_number(
    where: str, value: Any, expected: str, least: float = -math.inf, above: float = -math.inf
) -> float:
    """A finite number, also of numpy.

    Args:
        where: Function and argument.
        value: What was given.
        expected: What is expected, for the message.
        least: It may be no less.
        above: It must be more.

    Raises:
        InputError: It is no such number.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not (value >= least and value > above):
        raise bad_argument(where, show(value), expected)
    return float(value)


def check_count(where: str, value: Any) -> int:
    """A whole number of at least 1, also of numpy.

    Raises:
        InputError: It is no such number.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise bad_argument(where, show(value), "an integer >= 1")
    return int(value)


def is_of_shape(shape: Sequence[int], wanted: Sequence[int | str]) -> bool:
    """Whether a shape is a wanted one, of which a text, as ``'N'``, is any size."""
    return len(shape) == len(wanted) and all(
        isinstance(size, str) or size == found for found, size in zip(shape, wanted, strict=True)
    )


def shape_text(shape: Sequence[int | str]) -> str:
    """A shape as Python writes it, sizes that are texts without quotes."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def as_numbers(where: str, value: Any, shape: Sequence[int | str]) -> np.ndarray:
    """A numeric array of a list, an array of any byte order, or a tensor of any device.

    Args:
        where: Function and argument.
        value: What was given.
        shape: Sizes; a text, as ``'N'``, is any size. What is empty has it.

    Raises:
        InputError: It is no array of numbers, or has another shape.
    """
    expected = f"numbers {shape_text(shape)}"
    if torch.is_tensor(value):
        # numpy knows no bfloat16.
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
    # torch takes no reversed arrays.
    is_reversed = min(array.strides, default=0) < 0
    return array.astype(array.dtype.newbyteorder("="), copy=is_reversed)


def check_finite(where: str, array: np.ndarray) -> None:
    """Refuse an array with NaN or infinite values.

    Raises:
        InputError: Says how many there are.
    """
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        raise bad_argument(where, f"{bad} of {array.size} values NaN or infinite", "finite numbers")


def as_float32(where: str, array: np.ndarray) -> np.ndarray:
    """An array as a model reads it.

    Raises:
        InputError: Values are NaN or infinite, or are in float32.
    """
    with np.errstate(over="ignore"):
        values = array.astype(np.float32, copy=False)
    # A sum is finite only when all terms are, and needs no array of flags.
    if not np.isfinite(values.sum(dtype=np.float64)):
        check_finite(where, values)
    return values


def check_segments(where: str, segments: np.ndarray) -> None:
    """Refuse segments (N, 2) that are not finite, or end before they start.

    Raises:
        InputError: Names the first.
    """
    check_finite(where, segments)
    is_reversed = segments[:, 1] < segments[:, 0]
    if is_reversed.any():
        row = int(is_reversed.argmax())
        raise bad_argument(f"{where}[{row}]", f"{segments[row].tolist()}", "an end after the start")


def check_labels(where: str, labels: np.ndarray) -> np.ndarray:
    """Labels (N,) as int64.

    Raises:
        InputError: One is no whole number from 0 on.
    """
    is_label = (labels >= 0) & (labels < 2**31) & (labels == np.floor(labels))
    if not is_label.all():
        row = int(is_label.argmin())
        raise bad_argument(f"{where}[{row}]", f"{labels[row].item()}", "a class, an integer >= 0")
    return labels.astype(np.int64)
