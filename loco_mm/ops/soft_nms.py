"""Soft-NMS of 1-D segments (Bodla et al., ICCV 2017) without compiled code.

Shape letters: N candidates, M kept.
"""

import itertools
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from ..arrays import (
    as_numbers,
    bad_argument,
    check_count,
    check_finite,
    check_labels,
    check_number,
    check_segments,
)
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
    across_classes: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Suppress segments that overlap a better segment of their class.

    The best candidate is repeatedly kept, and lowers the scores of the others in its class. As
    scores only decrease, candidates are kept in the order of their final scores. Over all classes
    together, the first ``max_num`` are the result, and the others are not computed.

    Args:
        segments: (N, 2) start and end in any unit.
        scores: (N,) scores.
        labels: (N,) classes.
        sigma: Width of the Gaussian: scores are multiplied by ``exp(-iou^2 / sigma)``.
        min_score: Candidates are dropped when their score falls below this value.
        max_num: Maximum number of segments to keep, over all classes.
        method: ``'gaussian'``; ``'linear'``: multiply by ``1 - iou`` if the IoU is at least
            ``iou_threshold``; ``'hard'``: drop in that case.
        iou_threshold: Threshold for the last two methods.
        across_classes: Whether segments also suppress those of other classes.

    Returns:
        tuple[Tensor, Tensor, Tensor]: Segments (M, 2), scores (M,) and labels (M,), best first, on
        the device of the input. Ties keep the order of the candidates.

    Raises:
        InputError: An argument is out of range, shapes do not match, segments end before they
            start, a score is negative, or a value is NaN.
    """
    check_settings(sigma, min_score, max_num, method, iou_threshold)
    segment_array, score_array, label_array = _arrays(segments, scores, labels)
    kinds = np.zeros_like(label_array) if across_classes else label_array
    # Candidates are grouped by class, in their original order; starts and ends are contiguous.
    order = np.argsort(kinds, kind="stable")
    spans, rest = np.asfortranarray(segment_array[order]), score_array[order]
    first = np.flatnonzero(np.diff(kinds[order], prepend=np.nan))
    groups = [slice(a, b) for a, b in itertools.pairwise([*first, len(order)])]
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
        rest[pick] = -np.inf
        left, overlap = rest[group], segment_iou(spans[pick], spans[group])
        _lower(left, decay(overlap, method, sigma, iou_threshold))
        best[number] = left.max()

    index = torch.as_tensor(np.array(kept, dtype=np.int64), device=segments.device)
    kind = scores.dtype if scores.is_floating_point() else torch.float32
    final = torch.as_tensor(np.array(kept_scores), dtype=kind, device=scores.device)
    return segments[index], final, labels[index]


def check_settings(
    sigma: float, min_score: float, max_num: int, method: str, iou_threshold: float
) -> None:
    """Refuse settings of :func:`soft_nms` that are out of range."""
    if method not in METHODS:
        raise bad_argument("soft_nms.method", f"{method!r}", f"one of {METHODS}")
    if method == "gaussian":
        check_number("soft_nms.sigma", sigma, "a positive number", above=0)
    else:
        check_number("soft_nms.iou_threshold", iou_threshold, "a number >= 0", least=0)
    check_number("soft_nms.min_score", min_score, "a number")
    check_count("soft_nms.max_num", max_num)


def _arrays(*given: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Convert segments, scores and labels to arrays."""
    names = [f"soft_nms.{name}" for name in ("segments", "scores", "labels")]
    for name, value in zip(names, given, strict=True):
        if not torch.is_tensor(value):
            raise bad_argument(name, type(value).__name__, "a tensor")
        if value.device != given[0].device:
            raise bad_argument(
                name, f"{value.device}", f"the device of the segments, {given[0].device}"
            )
    shapes = [tuple(value.shape) for value in given]
    count = shapes[0][0] if shapes[0] else 0
    if shapes != [(count, 2), (count,), (count,)]:
        raise bad_argument(
            "soft_nms", f"segments, scores and labels {shapes}", "(N, 2), (N,) and (N,)"
        )
    segments, scores = (as_numbers(names[i], at_least_float32(given[i]), shapes[i]) for i in (0, 1))
    check_segments(names[0], segments)
    check_finite(names[1], scores)
    if (scores < 0).any():
        # Decay would increase negative scores.
        raise bad_argument(names[1], f"{scores.min():g}", "scores >= 0")
    return segments, scores, check_labels(names[2], as_numbers(names[2], given[2], shapes[2]))


def _lower(scores: np.ndarray, factor: np.ndarray) -> None:
    """Multiply (N,) scores, except those of kept candidates, which are -inf; a factor may be 0."""
    np.multiply(scores, factor, out=scores, where=scores > -np.inf)


def decay(overlap: np.ndarray, method: str, sigma: float, threshold: float) -> np.ndarray:
    """(N,) factors for the scores of candidates, from their IoU with a better one."""
    if method == "gaussian":
        return np.exp(overlap**2 / -sigma)
    return np.where(overlap >= threshold, 1 - overlap if method == "linear" else 0, 1)
