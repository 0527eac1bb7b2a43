"""Decodes the predictions at the points of videos to candidate events.

Shape letters: B videos, P points of all levels, C classes, N candidates.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...ops import padded
from ...structures import Points


class Candidates(NamedTuple):
    """Possible events of the videos of a batch.

    Attributes:
        segments: (B, N, 2) in grid steps.
        scores: (B, N).
        labels: (B, N) long.
        valid: (B, N) bool, False where there is no candidate.
    """

    segments: Tensor
    scores: Tensor
    labels: Tensor
    valid: Tensor

    @classmethod
    def padded(cls, videos: Sequence[tuple[Tensor, Tensor, Tensor]]) -> "Candidates":
        """From segments (M, 2), scores (M,) and labels (M,) of each video."""
        count = max(len(scores) for _, scores, _ in videos)
        valid = [torch.ones_like(scores, dtype=torch.bool) for _, scores, _ in videos]
        rows = zip(*videos, strict=True)
        return cls(*(padded(list(row), count) for row in (*rows, valid)))

    def of_video(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        """Segments (M, 2), scores (M,) and labels (M,) of a video."""
        valid = self.valid[number]
        return self.segments[number][valid], self.scores[number][valid], self.labels[number][valid]


def best_first(scores: Tensor, top_k: int) -> Tensor:
    """Indices of the ``top_k`` best of (..., M) scores; ties by index, equally on all devices."""
    return scores.argsort(dim=-1, descending=True, stable=True)[..., :top_k]


def decode_points(
    scores: Tensor,
    offsets: Tensor,
    points: Points,
    lengths: Sequence[int],
    *,
    coder: Any,
    score_thr: float,
    top_k: Sequence[int],
    min_length: float,
) -> Candidates:
    """Candidates before suppression; their number does not depend on the values.

    Args:
        scores: (B, P, C) in [0, 1]; 0 on padding.
        offsets: (B, P, C, 2), or (B, P, 1, 2) if shared by all classes.
        points: The P points.
        lengths: Number of points of each level.
        coder (DistanceCoder): Decodes segments from offsets.
        score_thr: Candidates must have a higher score.
        top_k: Maximum number of candidates per level, for each of the B videos.
        min_length: Minimum length of a segment in grid steps.

    Returns:
        Candidates: In grid steps; the best of the first level first, then those of the next.
    """
    batch, _, num_classes = scores.shape
    kept_scores, kept_pairs, first = [], [], 0
    for level in scores.split(list(lengths), dim=1):
        flat = level.flatten(1)
        pairs = best_first(flat, max(top_k))
        best = flat.gather(1, pairs)
        if min(top_k) < max(top_k):
            limits = torch.tensor(top_k, device=flat.device)[:, None]
            best = best.masked_fill(torch.arange(best.shape[1], device=flat.device) >= limits, 0)
        kept_scores.append(best)
        kept_pairs.append(pairs + first * num_classes)
        first += level.shape[1]
    kept, pair = torch.cat(kept_scores, 1), torch.cat(kept_pairs, 1)
    point, label = pair // num_classes, pair % num_classes
    each = offsets.shape[2]
    place = point * each + label if each > 1 else point
    offset = offsets.flatten(1, 2).gather(1, place[..., None].expand(-1, -1, 2))
    at = point.flatten()
    decoded = coder.decode(points.position[at], points.stride[at], offset.flatten(0, 1))
    segments = decoded.view(batch, -1, 2)
    # NaN is dropped too, as its comparison is false.
    long_enough = segments[..., 1] - segments[..., 0] >= min_length
    return Candidates(segments, kept, label, long_enough & (kept > score_thr))
