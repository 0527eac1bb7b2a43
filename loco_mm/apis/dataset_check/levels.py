"""Which events a model's pyramid has a point for.

Shape letters: N events of a video, P points, T steps.
"""

from collections.abc import Callable

import numpy as np
import torch
from mmengine.config import Config

from ...errors import InputError
from ...registry import MODELS, build_part
from ...structures import TemporalGrid

# Of the events of a video in grid steps (N, 2), and its steps: (N,) whether one has a point.
PointCoverage = Callable[[np.ndarray, int], np.ndarray]


def point_coverage(cfg: Config) -> PointCoverage | None:
    """What tells whether events can be learnt by a config's model; None where nothing does.

    It is the head's :meth:`BaseEventHead.reached`.
    """
    try:
        # Without weights: no more than its structure is asked for.
        with torch.device("meta"):
            model = build_part(MODELS, cfg.model, "model")
    except InputError:  # of a part that computes while it is made
        model = build_part(MODELS, cfg.model, "model")
    reached = getattr(getattr(model, "head", None), "reached", None)
    # Of heads that do not tell it is always None.
    return reached if reached and reached(np.array([[0.0, 1.0]]), 1) is not None else None


def without_points(
    coverage: PointCoverage, segments: np.ndarray, steps: int, grid: TemporalGrid
) -> np.ndarray:
    """(N,) whether an event has no point at any level.

    Args:
        coverage (Callable): What tells it, see :func:`point_coverage`.
        segments: (N, 2) events in seconds.
        steps: Steps T of the video.
        grid: Grid of its features.
    """
    if not len(segments):
        return np.zeros(0, bool)
    return ~coverage(grid.to_grid(segments), steps)
