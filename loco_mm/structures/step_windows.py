"""Splits long sequences into overlapping windows."""

from typing import NamedTuple


class StepWindow(NamedTuple):
    """A window of a sequence, in steps.

    Attributes:
        start: First step of the window.
        stop: The step after its last one.
        first: First step whose predictions are taken from this window; the others are context.
        last: The step after the last of these.
    """

    start: int
    stop: int
    first: int
    last: int


def plan_windows(steps: int, size: int, overlap: int, multiple: int = 1) -> list[StepWindow]:
    """Cover a sequence with overlapping windows.

    The predictions of each step are taken from one window: where two overlap, from the one whose
    border is farther away.

    Args:
        steps: Number of steps of the sequence.
        size: Number of steps of a window, a multiple of ``multiple``; the last may be shorter.
        overlap: Minimum number of steps that two adjacent windows share.
        multiple: Windows, and the ranges of steps taken from them, start at multiples of this.

    Returns:
        list[StepWindow]: Windows in order; a single one if ``size`` is large enough.
    """
    hop = window_hop(size, overlap, multiple)
    starts = range(0, max(steps - size, 0) + hop, hop)
    return [window_at(start, steps, size, hop, multiple) for start in starts]


def window_hop(size: int, overlap: int, multiple: int = 1) -> int:
    """Number of steps between the starts of two windows; arguments as in :func:`plan_windows`."""
    hop = (size - overlap) // multiple * multiple
    if hop < 1 or size % multiple:
        raise ValueError(
            f"no windows of {size} steps, {overlap} shared, at multiples of {multiple}"
        )
    return hop


def window_at(start: int, steps: int, size: int, hop: int, multiple: int) -> StepWindow:
    """The window that starts at a step.

    Args:
        start: The step, a multiple of ``hop``.
        steps: Number of steps of the sequence, or of what is known of it; the window is the last
            one if it reaches them.
        size: See :func:`plan_windows`.
        hop: See :func:`window_hop`.
        multiple: See :func:`plan_windows`.
    """
    handover = (size - hop) // 2 // multiple * multiple
    is_last = start + size >= steps
    return StepWindow(
        start,
        steps if is_last else start + size,
        start + handover if start else 0,
        steps if is_last else start + hop + handover,
    )
