"""Seconds and grid steps."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.structures import (
    TemporalGrid,
)


@pytest.mark.parametrize(
    ("grid", "seconds", "steps"),
    [
        (TemporalGrid(16, 16, 4), [0.0, 0.5, 10.0], [-2.0, 0.0, 38.0]),
        (TemporalGrid(25, 24, 8), [0.48, 0.8, 10.08], [0.0, 1.0, 30.0]),
    ],
)
def test_seconds_and_steps(grid, seconds, steps):
    np.testing.assert_allclose(grid.to_grid(np.array(seconds)), steps, atol=1e-9)
    np.testing.assert_allclose(grid.to_seconds(torch.tensor(steps)), seconds, atol=1e-6)


def test_a_step_in_seconds():
    assert TemporalGrid(25, 24, 8).step_seconds == 0.32


@pytest.mark.parametrize("bad", [dict(fps=0), dict(stride=-1), dict(num_frames=float("nan"))])
def test_bad_grids_are_refused(bad):
    with pytest.raises(InputError, match=f"grid.{next(iter(bad))}: expected a positive number"):
        TemporalGrid(**(dict(fps=16, num_frames=16, stride=4) | bad))
