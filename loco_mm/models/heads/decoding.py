"""Decodes the predictions at the points of a video to candidate events.

Shape letters: P points of all levels, C classes, M candidates.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...structures import Points


def best_first(scores: Tensor, top_k: int) -> Tensor:
    """Indices of the ``top_k`` best scores of (M,); ties by index, equally on all devices."""
    return scores.argsort(descending=True, stable=True)[:top_k]


def decode_video(
    scores: Tensor,
    offsets: Tensor,
    points: Points,
    lengths: Sequence[int],
    *,
    coder: Any,
    score_thr: float,
    top_k: int,
    min_length: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Candidates before suppression.

    Args:
        scores: (P, C) in [0, 1]; 0 on padding.
        offsets: (P, C, 2), or (P, 1, 2) if shared by all classes.
        points: The P points.
        lengths: Number of points of each level.
        coder (DistanceCoder): Decodes segments from offsets.
        score_thr: Candidates must have a higher score.
        top_k: Maximum number of candidates per level.
        min_length: Minimum length of a segment in grid steps.

    Returns:
        tuple[Tensor, Tensor, Tensor]: Segments (M, 2) in grid steps, scores (M,), labels (M,).
    """
    num_classes = scores.shape[1]
    kept_scores, kept_pairs, first = [], [], 0
    for length in lengths:
        level = scores[first : first + length].flatten()
        pairs = (level > score_thr).nonzero()[:, 0]
        pairs = pairs[best_first(level[pairs], top_k)]
        kept_scores.append(level[pairs])
        kept_pairs.append(pairs + first * num_classes)
        first += length
    pairs = torch.cat(kept_pairs)
    point, label = pairs // num_classes, pairs % num_classes
    offset = offsets[point, label if offsets.shape[1] > 1 else 0]
    segments = coder.decode(points.position[point], points.stride[point], offset)
    # NaN is dropped too, as its comparison is false.
    long_enough = segments[:, 1] - segments[:, 0] >= min_length
    return segments[long_enough], torch.cat(kept_scores)[long_enough], label[long_enough]
