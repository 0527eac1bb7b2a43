"""Soft-NMS of the videos of a batch at once, without waiting for the device.

Shape letters: B videos, N candidates of a video, M kept.
"""

import torch
from torch import Tensor

from .precision import at_least_float32
from .segments import segment_overlap
from .soft_nms import Method, check_settings


@torch.no_grad()
def batched_soft_nms(
    segments: Tensor,
    scores: Tensor,
    labels: Tensor,
    valid: Tensor,
    *,
    sigma: float,
    min_score: float,
    max_num: int,
    method: Method = "gaussian",
    iou_threshold: float = 0.3,
    across_classes: bool = False,
) -> tuple[Tensor, Tensor]:
    """The same as :func:`soft_nms` for each video, in steps that all videos take at once.

    Each step keeps the best candidate of each video and lowers the scores of the others. There are
    always as many steps as may be kept, so that nothing has to be read from the device. On a CPU,
    :func:`soft_nms` is faster, as it only reads candidates of one class in a step.

    Args:
        segments: (B, N, 2) start and end in any unit.
        scores: (B, N) scores >= 0.
        labels: (B, N) classes.
        valid: (B, N) bool, False on padding.
        sigma: See :func:`soft_nms`, as for the other settings.
        min_score: Candidates are dropped when their score falls below this value.
        max_num: Maximum number of segments to keep in a video.
        method: ``'gaussian'``, ``'linear'`` or ``'hard'``.
        iou_threshold: Threshold for the last two methods.
        across_classes: Whether segments also suppress those of other classes.

    Returns:
        tuple[Tensor, Tensor]: (B, M) long, indices of the kept candidates, best first, and (B, M)
        their final scores. After the last one of a video, the scores are -inf.

    Raises:
        InputError: A setting is out of range. Values on the device are not checked.
    """
    check_settings(sigma, min_score, max_num, method, iou_threshold)
    lowest = -float("inf")
    left = at_least_float32(scores).masked_fill(~valid, lowest)
    kinds = torch.zeros_like(labels) if across_classes else labels
    # Of equal scores, the lower class comes first.
    order = kinds.argsort(dim=1, stable=True)
    segments = at_least_float32(segments).gather(1, order[..., None].expand_as(segments))
    left, kinds = left.gather(1, order), kinds.gather(1, order)
    kept, final = [], []
    for _ in range(min(max_num, left.shape[1])):
        best, pick = left.max(dim=1, keepdim=True)
        kept.append(pick)
        final.append(best)
        chosen = segments.gather(1, pick[..., None].expand(-1, -1, 2))
        factor = _decay(segment_overlap(chosen, segments), method, sigma, iou_threshold)
        factor = factor.where(kinds == kinds.gather(1, pick), 1.0)
        left = left.scatter(1, pick, lowest)
        # Kept ones and padding stay at -inf, also if a factor is 0.
        left = (left * factor).where(left > lowest, lowest)
    if not kept:
        return labels.new_zeros(len(labels), 0, dtype=torch.long), left[:, :0]
    index, found = torch.cat(kept, 1), torch.cat(final, 1)
    return order.gather(1, index), found.masked_fill(found < min_score, lowest)


def _decay(overlap: Tensor, method: Method, sigma: float, threshold: float) -> Tensor:
    """(B, N) factors for the scores."""
    if method == "gaussian":
        return (overlap**2 / -sigma).exp()
    lowered = 1 - overlap if method == "linear" else torch.zeros_like(overlap)
    return lowered.where(overlap >= threshold, 1.0)
