"""Which events a model's pyramid has a point for.

Shape letters: N events of a video, P points, T steps.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from mmengine.config import Config

from ...models.heads import PointHead
from ...registry import MODELS
from ...structures import TemporalGrid

# Of the events of a video in grid steps (N, 2), and its steps: (N,) whether one has a point.
Reach = Callable[[np.ndarray, int], np.ndarray]


def reach_of(cfg: Config) -> Reach | None:
    """What tells whether events can be learnt by a config's model; None for one without points.

    An event has a point when the assigner makes one positive for it: strictly inside it, with the
    distance to its farther end in the range of the point's level.
    """
    try:
        # Without weights: no more than its structure is asked for.
        with torch.device("meta"):
            model = MODELS.build(cfg.model)
    except (NotImplementedError, RuntimeError):  # of a part that computes while it is made
        model = MODELS.build(cfg.model)
    head = getattr(model, "head", None)
    return _Points(head) if isinstance(head, PointHead) else None


class _Points:
    """The points of a head."""

    def __init__(self, head: PointHead):
        self.head = head

    def __call__(self, segments: np.ndarray, steps: int) -> np.ndarray:
        strides: Sequence[int] = self.head.strides
        padded = -(-steps // strides[-1]) * strides[-1]
        lengths = [padded // stride for stride in strides]
        points = self.head.point_generator(lengths, strides, torch.device("cpu"))
        valid = points.position < steps
        # Each as if it were alone: none loses its points to another.
        targets = self.head.assigner.assign(
            points,
            valid.expand(len(segments), -1),
            torch.as_tensor(segments, dtype=torch.float32)[:, None],
            torch.zeros(len(segments), 1, dtype=torch.long),
            1,
        )
        return targets.classes.flatten(1).any(1).numpy()


def unreached(reach: Reach, segments: np.ndarray, steps: int, grid: TemporalGrid) -> np.ndarray:
    """(N,) whether an event has no point at any level.

    Args:
        reach (Callable): What tells it, see :func:`reach_of`.
        segments (ndarray): (N, 2) events in seconds.
        steps (int): Steps T of the video.
        grid (TemporalGrid): Grid of its features.
    """
    if not len(segments):
        return np.zeros(0, bool)
    return ~reach(grid.to_grid(segments), steps)
