"""Long sequences in overlapping windows: where they lie, and which steps each answers for."""

from typing import NamedTuple


class StepWindow(NamedTuple):
    """One window of a sequence, in steps.

    Attributes:
        start: Its first step.
        stop: The step after its last.
        first: First of the steps that it answers for; the others are context.
        last: The step after the last of them.
    """

    start: int
    stop: int
    first: int
    last: int


def plan_windows(steps: int, size: int, overlap: int, multiple: int = 1) -> list[StepWindow]:
    """Cover a sequence with overlapping windows.

    Each step is answered for by one window: where two overlap, each by the one whose end it is
    farther from.

    Args:
        steps: Steps of the sequence.
        size: Steps of a window, a multiple of ``multiple``; the last may have less.
        overlap: Least steps that two neighbours share.
        multiple: Windows start, and answers change hands, at its multiples only.

    Returns:
        list[StepWindow]: From the first to the last. One where ``size`` is enough.
    """
    hop = (size - overlap) // multiple * multiple
    if hop < 1 or size % multiple:
        raise ValueError(
            f"no windows of {size} steps, {overlap} shared, at multiples of {multiple}"
        )
    starts = range(0, max(steps - size, 0) + hop, hop)
    handover = (size - hop) // 2 // multiple * multiple
    return [
        StepWindow(
            start,
            min(start + size, steps),
            start + handover if start else 0,
            steps if start == starts[-1] else start + hop + handover,
        )
        for start in starts
    ]
