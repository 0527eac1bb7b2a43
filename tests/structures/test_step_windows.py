"""Windows of long sequences."""

from itertools import pairwise

import pytest

from loco_mm.structures import StepWindow, plan_windows


def test_by_hand():
    assert plan_windows(10, 16, 8, 4) == [StepWindow(0, 10, 0, 10)]
    assert plan_windows(16, 16, 8, 4) == [StepWindow(0, 16, 0, 16)]
    assert plan_windows(30, 16, 8, 4) == [
        StepWindow(0, 16, 0, 12),
        StepWindow(8, 24, 12, 20),
        StepWindow(16, 30, 20, 30),
    ]


@pytest.mark.parametrize(
    ("size", "overlap", "multiple"),
    [(32, 16, 4), (32, 8, 8), (32, 20, 4), (16, 0, 4), (8, 4, 1), (32, 30, 2)],
)
def test_each_step_has_one_window_that_sees_it(size, overlap, multiple):
    for steps in range(1, 150):
        windows = plan_windows(steps, size, overlap, multiple)
        assert (len(windows) == 1) == (steps <= size)
        assert windows[0].first == 0
        assert windows[-1].last == steps
        for window in windows:
            assert window.start <= window.first < window.last <= window.stop <= steps
            assert window.stop - window.start <= size
            assert window.start % multiple == 0
        for one, other in pairwise(windows):
            assert one.last == other.first
            assert one.last % multiple == 0
            assert one.stop - other.start >= overlap
            # No window is used near its own ends, if possible.
            context = (one.stop - one.last, other.first - other.start)
            assert min(context) >= (overlap // 2 - multiple)


def test_windows_that_cannot_be():
    for size, overlap, multiple in ((10, 0, 4), (8, 8, 1), (8, 6, 4)):
        with pytest.raises(ValueError, match=f"no windows of {size} steps"):
            plan_windows(100, size, overlap, multiple)
