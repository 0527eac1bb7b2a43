"""Sliding windows over data that are decoded piece by piece."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np


def sliding(items: Iterable, size: int, stride: int, count: int) -> Iterator[list]:
    """Sliding windows over single items.

    Args:
        items: Frames or their features; at least ``(count - 1) * stride + size``.
        size: Number of items per window.
        stride: Number of items between the starts of two windows.
        count: Number of windows.
    """
    held: deque = deque()
    start = given = 0
    for position, item in enumerate(items):
        if position >= start:
            held.append(item)
        # The stride may be larger than the window.
        while given < count and len(held) >= size:
            yield list(held)[:size]
            given += 1
            start += stride
            for _ in range(min(stride, len(held))):
                held.popleft()
        if given == count:
            return


def sliding_samples(
    pieces: Iterable[np.ndarray], starts: Iterable[int], size: int
) -> Iterator[np.ndarray]:
    """Sliding windows over audio samples that come in pieces.

    Args:
        pieces: (n,) samples, consecutive pieces.
        starts: First sample of each window, in ascending order.
        size: Number of samples per window.

    Yields:
        np.ndarray: (size,) samples.
    """
    source = iter(pieces)
    held, offset = np.zeros(0, np.float32), 0
    for start in starts:
        while offset + len(held) < start + size:
            # Several pieces at once, as they are short; no more than needed, as in a running video
            # the next ones are not there yet.
            fresh, length = [], 0
            needed = start + size - offset - len(held)
            while length < needed and (piece := next(source, None)) is not None:
                fresh.append(piece)
                length += len(piece)
            if not fresh:
                return
            past = min(max(0, start - offset), len(held))
            held = np.concatenate([held[past:], *fresh])
            offset += past
        yield held[start - offset : start - offset + size]


def batches(items: Iterable, size: int) -> Iterator[list]:
    """Lists of the given number of items; the last may be shorter."""
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
