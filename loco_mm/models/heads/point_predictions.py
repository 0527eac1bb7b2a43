"""Predictions of dense heads, and how those of windows are joined.

Shape letters: B batch, T steps of level 0, P points of all levels, C classes, O = C or 1 offsets
per point.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ...ops import at_least_float32
from ...structures import StepWindow


class PointPredictions(NamedTuple):
    """Output of the head for each point.

    Attributes:
        logits: (B, P, C) class scores before the sigmoid.
        offsets: (B, P, O, 2) encoded segments, in the form of the head's coder.
        mask: (B, P) bool, True = valid.
        lengths: Number of points of each level.
    """

    logits: Tensor
    offsets: Tensor
    mask: Tensor
    lengths: tuple[int, ...]

    @property
    def num_steps(self) -> list[int]:
        """Number of valid steps of each video."""
        return self.mask[:, : self.lengths[0]].sum(1).tolist()


def best_of_levels(predictions: PointPredictions, strides: Sequence[int]) -> Tensor:
    """(B, T, C) scores at the steps of level 0: maximum over the nearest point of each level."""
    scores = at_least_float32(predictions.logits).sigmoid() * predictions.mask[..., None]
    step = torch.arange(predictions.lengths[0], device=scores.device)
    best = torch.zeros_like(scores[:, : len(step)])
    for stride, level in zip(strides, scores.split(predictions.lengths, 1), strict=True):
        nearest = ((step + stride // 2) // stride).clamp(max=level.shape[1] - 1)
        best = torch.maximum(best, level[:, nearest])
    return best


def stitch_points(
    predictions: list[PointPredictions], windows: Sequence[StepWindow], strides: Sequence[int]
) -> PointPredictions:
    """Predictions for a long video: those of the responsible window at each point.

    Args:
        predictions: Raw predictions for batches of windows, which start at multiples of the last
            stride.
        windows: The windows in order.
        strides: Strides of the levels.
    """
    pieces, lengths = owned_pieces(windows, strides, predictions[0].lengths)
    logits, offsets, mask = (
        join_pieces(torch.cat(batches), pieces)
        for batches in zip(*(batch[:3] for batch in predictions), strict=True)
    )
    return PointPredictions(logits, offsets, mask, lengths)


def own_points(
    mask: Tensor, lengths: Sequence[int], strides: Sequence[int], window: StepWindow
) -> Tensor:
    """Restrict the mask (B, P) of a window's points to those for which it is responsible.

    Args:
        mask: Valid points.
        lengths: Number of points of each level.
        strides: Strides of the levels.
        window: The window.
    """
    steps = torch.cat(
        [
            window.start + stride * torch.arange(length, device=mask.device)
            for stride, length in zip(strides, lengths, strict=True)
        ]
    )
    return mask & (steps >= window.first) & (steps < window.last)


# Index of a window, and slice of its points.
Piece = tuple[int, slice]


def owned_pieces(
    windows: Sequence[StepWindow], strides: Sequence[int], lengths: Sequence[int]
) -> tuple[list[Piece], tuple[int, ...]]:
    """The points for which each window is responsible.

    Args:
        windows: The windows of a long video, in order.
        strides: Strides of the levels.
        lengths: Number of points of each level of a window.

    Returns:
        tuple[list, tuple]: Indices of windows and slices of their points, level by level; and the
        number of points of each level of the whole video.
    """
    pieces: list[Piece] = []
    joined, before = [], 0
    for stride, length in zip(strides, lengths, strict=True):
        ends = [
            (-(-(w.first - w.start) // stride), -(-(w.last - w.start) // stride)) for w in windows
        ]
        pieces += [(n, slice(before + a, before + b)) for n, (a, b) in enumerate(ends)]
        joined.append(sum(b - a for a, b in ends))
        before += length
    return pieces, tuple(joined)


def join_pieces(values: Tensor, pieces: Sequence[Piece]) -> Tensor:
    """(1, P, ...) values of a long video, from values (W, p, ...) of its windows."""
    return torch.cat([values[number, piece] for number, piece in pieces])[None]
