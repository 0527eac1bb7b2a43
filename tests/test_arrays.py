"""Checks of arrays and numbers."""

import numpy as np
import pytest
import torch

from loco_mm.arrays import (
    as_numbers,
    check_count,
    check_finite,
    check_labels,
    check_number,
    check_segments,
)
from loco_mm.errors import InputError


@pytest.mark.parametrize(
    "given",
    [
        [[1, 2], [3, 4]],
        ((1.0, 2.0), (3.0, 4.0)),
        np.array([[1, 2], [3, 4]], dtype=">i2"),
        np.array([[1, 2], [3, 4]], dtype=">f4"),
        np.array([[1, 3], [2, 4]], dtype=np.float16).T,
        torch.tensor([[1, 2], [3, 4]], dtype=torch.bfloat16),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True),
    ],
)
@pytest.mark.parametrize("shape", [("N", 2), (2, 2), ("N", "M")])
def test_numbers_of_any_kind(given, shape):
    found = as_numbers("f.x", given, shape)
    assert found.tolist() == [[1, 2], [3, 4]]
    assert found.dtype.isnative


@pytest.mark.parametrize(
    ("given", "shape", "wanted"), [([], ("N", 2), (0, 2)), ([], (0, 2), (0, 2)), ([], ("N",), (0,))]
)
def test_what_is_empty_has_its_shape(given, shape, wanted):
    assert as_numbers("f.x", given, shape).shape == wanted


@pytest.mark.parametrize(
    ("given", "shape", "text"),
    [
        ([], (3,), r"f.x: expected numbers \(3,\), got shape \(0,\)"),
        (np.zeros((0, 2, 1)), ("N", 2), r"got shape \(0, 2, 1\)"),
        ([1, 2], ("N", 2), r"expected numbers \(N, 2\), got shape \(2,\)"),
        ([[1], [2, 3]], ("N", 2), "got list of uneven or odd parts"),
        ([{1}, {2}], ("N",), "got list of object"),
        (7, ("N",), r"expected numbers \(N,\), got 7"),
        ("seven", ("N",), "got 'seven'"),
        (np.array(["a"]), ("N",), "got ndarray of <U1"),
        (np.array([None]), ("N",), "got ndarray of object"),
        (torch.zeros(2, dtype=torch.complex64), ("N",), "got Tensor of complex64"),
    ],
)
def test_what_is_no_array_of_numbers(given, shape, text):
    with pytest.raises(InputError, match=text):
        as_numbers("f.x", given, shape)


def test_numbers_and_counts():
    assert check_number("f.x", np.float32(0.5), "a share", least=0) == 0.5
    assert check_number("f.x", 0, "a share", least=0) == 0
    assert check_count("f.n", np.uint8(3)) == 3
    for value in (0, -1, float("nan"), float("inf"), "1", None, True, 1j):
        with pytest.raises(InputError, match=r"f.x: expected a positive number, got .*"):
            check_number("f.x", value, "a positive number", above=0)
    for value in (0, 1.0, "1", None, True):
        with pytest.raises(InputError, match=r"f.n: expected an integer >= 1, got .*"):
            check_count("f.n", value)


def test_values():
    check_finite("f.x", np.array([1.0, -2.0]))
    check_finite("f.x", np.array([1, 2]))
    check_segments("f.x", np.array([[1.0, 1.0], [0.0, 2.0]]))
    assert check_labels("f.x", np.array([0.0, 3.0])).tolist() == [0, 3]
    assert check_labels("f.x", np.array([0, 3])).dtype == np.int64
    with pytest.raises(
        InputError, match="f.x: expected finite numbers, got 2 of 3 values NaN or infinite"
    ):
        check_finite("f.x", np.array([np.nan, 1.0, np.inf]))
    with pytest.raises(
        InputError, match=r"f\.x\[1\]: expected an end after the start, got \[2\.0, 1\.0\]"
    ):
        check_segments("f.x", np.array([[1.0, 2.0], [2.0, 1.0]]))
    for bad in (0.5, -1.0, np.nan, np.inf, 2.0**31):
        with pytest.raises(
            InputError, match=rf"f\.x\[1\]: expected a class, an integer >= 0, got {bad}"
        ):
            check_labels("f.x", np.array([0.0, bad]))
