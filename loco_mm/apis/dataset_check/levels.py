"""Checks which events have points in a model's pyramid.

Shape letters: N events of a video, P points, T steps.
"""

from collections.abc import Callable

import numpy as np
import torch
from mmengine.config import Config

from ...errors import InputError
from ...registry import MODELS, build_part
from ...structures import TemporalGrid

# Maps the events of a video in grid steps (N, 2), and its steps, to (N,) whether they have points.
PointCoverage = Callable[[np.ndarray, int], np.ndarray]


def point_coverage(cfg: Config) -> PointCoverage | None:
    """Function that tells which events a config's model can learn; None if unknown.

    It calls the head's :meth:`BaseEventHead.has_points`.
    """
    try:
        # Without weights, as only the structure of the model is needed.
        with torch.device("meta"):
            model = build_part(MODELS, cfg.model, "model")
    except InputError:  # a part computes with its weights while it is built
        model = build_part(MODELS, cfg.model, "model")
    has_points = getattr(getattr(model, "head", None), "has_points", None)
    # Returns None for heads without points.
    return has_points if has_points and has_points(np.array([[0.0, 1.0]]), 1) is not None else None


def without_points(
    coverage: PointCoverage, segments: np.ndarray, steps: int, grid: TemporalGrid
) -> np.ndarray:
    """(N,) whether events have no point at any level.

    Args:
        coverage (Callable): See :func:`point_coverage`.
        segments: (N, 2) events in seconds.
        steps: Number of steps T of the video.
        grid: Grid of the features.
    """
    if not len(segments):
        return np.zeros(0, bool)
    return ~coverage(grid.to_grid(segments), steps)
