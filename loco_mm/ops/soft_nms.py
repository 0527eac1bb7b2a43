"""Class-wise Soft-NMS of 1-D segments (Bodla et al., ICCV 2017), without a compiler.

Shape letters: N candidates, M kept.
"""

from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from ..structures import segment_iou
from .precision import at_least_float32

Method = Literal["gaussian", "linear", "hard"]
METHODS = get_args(Method)


def soft_nms(
    segments: Tensor,
    scores: Tensor,
    labels: Tensor,
    *,
    sigma: float,
    min_score: float,
    max_num: int,
    method: str = "gaussian",
    iou_threshold: float = 0.3,
) -> tuple[Tensor, Tensor, Tensor]:
    """Suppress segments that overlap a better one of their class.

    The best candidate is kept and lowers the others of its class, again and again. As scores
    only ever fall, candidates are kept in the order of their final scores: over all classes
    together, the first ``max_num`` are the result, and nothing beyond them is computed.

    Args:
        segments (Tensor): (N, 2) start and end in any unit.
        scores (Tensor): (N,) scores.
        labels (Tensor): (N,) classes; segments suppress only their own class.
        sigma (float): Width of the Gaussian: a score is multiplied by ``exp(-iou^2 / sigma)``.
        min_score (float): Candidates are dropped once they score less.
        max_num (int): Most segments kept, over all classes.
        method (str): ``'gaussian'``; ``'linear'``: times ``1 - iou`` from ``iou_threshold`` on;
            ``'hard'``: dropped from ``iou_threshold`` on.
        iou_threshold (float): For the last two.

    Returns:
        tuple[Tensor, Tensor, Tensor]: segments (M, 2), scores (M,) and labels (M,), best first,
        on the device of the input. Of equal scores the earlier candidate comes first.

    Raises:
        ValueError: An argument is out of its range, or the shapes do not fit.
    """
    _check(segments, scores, labels, sigma, max_num, method)
    # Candidates of a class side by side, in their own order.
    label_array = labels.detach().cpu().numpy()
    order = np.argsort(label_array, kind="stable")
    # Starts side by side, and ends.
    spans = np.asfortranarray(at_least_float32(segments.detach()).cpu().numpy()[order])
    rest = at_least_float32(scores.detach()).cpu().numpy()[order].copy()
    first = np.flatnonzero(np.diff(label_array[order], prepend=np.nan))
    last = np.append(first[1:], len(order))[: len(first)]
    groups = [slice(a, b) for a, b in zip(first, last, strict=True)]
    best = np.array([rest[group].max() for group in groups])

    kept, kept_scores = list[int](), list[float]()
    while len(kept) < max_num and len(groups):
        number = int(best.argmax())
        if not best[number] >= min_score:
            break
        group = groups[number]
        pick = group.start + int(rest[group].argmax())
        kept.append(order[pick])
        kept_scores.append(rest[pick])
        overlap = segment_iou(spans[pick], spans[group])
        rest[group] *= _decay(overlap, method, sigma, iou_threshold)
        rest[pick] = -np.inf
        best[number] = rest[group].max()

    index = torch.as_tensor(np.array(kept, dtype=np.int64), device=segments.device)
    final = torch.as_tensor(np.array(kept_scores, dtype=rest.dtype)).to(scores)
    return segments[index], final, labels[index]


def _check(segments, scores, labels, sigma: float, max_num: int, method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"soft_nms: method must be one of {METHODS}, got {method!r}")
    if method == "gaussian" and not sigma > 0:
        raise ValueError(f"soft_nms: sigma must be positive, got {sigma}")
    if max_num < 1:
        raise ValueError(f"soft_nms: max_num must be at least 1, got {max_num}")
    count = len(segments)
    if segments.shape != (count, 2) or scores.shape != (count,) or labels.shape != (count,):
        raise ValueError(
            f"soft_nms: segments {tuple(segments.shape)}, scores {tuple(scores.shape)}, labels "
            f"{tuple(labels.shape)} found, (N, 2), (N,) and (N,) expected"
        )


def _decay(overlap: np.ndarray, method: str, sigma: float, threshold: float) -> np.ndarray:
    """(N,) factors of the scores."""
    if method == "gaussian":
        return np.exp(overlap**2 / -sigma)
    return np.where(overlap >= threshold, 1 - overlap if method == "linear" else 0, 1)
