"""Sliding windows compared to slices of the whole."""

import numpy as np
import pytest

from loco_mm.features.windows import batches, sliding, sliding_samples


@pytest.mark.parametrize("size, stride", [(1, 1), (3, 1), (3, 2), (3, 3), (2, 5), (7, 4)])
def test_sliding(size, stride):
    items = list(range(41))
    expected = [items[k : k + size] for k in range(0, 41 - size + 1, stride)]
    assert list(sliding(iter(items), size, stride, 100)) == expected
    assert list(sliding(iter(items), size, stride, 3)) == expected[:3]


def test_no_more_is_taken_than_needed():
    taken = iter(range(100))
    assert len(list(sliding(taken, 4, 2, 3))) == 3
    assert next(taken) == 8


@pytest.mark.parametrize("size, stride", [(1, 1), (50, 7), (50, 50), (10, 33), (120, 40)])
def test_sliding_samples(size, stride):
    rng = np.random.default_rng(0)
    samples = rng.normal(size=1000).astype(np.float32)
    pieces = np.split(samples, np.sort(rng.integers(0, 1000, 30)))
    starts = range(0, 1000 - size + 1, stride)
    found = list(sliding_samples(pieces, starts, size))
    assert len(found) == len(starts)
    for start, window in zip(starts, found, strict=True):
        np.testing.assert_array_equal(window, samples[start : start + size])


def test_batches():
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []
