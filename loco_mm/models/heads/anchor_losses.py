"""The terms of the losses of anchors: sums, and the numbers of what they are over.

Shape letters: B batch, T grid steps, N anchors, C classes, M events of a video (padded).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...ops import generalized_overlap
from .base_event_head import PaddedEvents

# Steps before and after an event's end that count as its start, or its end.
NEAR = 1.5
BOUNDARIES = ("action", "start", "end")
# By name, a sum and the number of what it is over.
Terms = dict[str, tuple[Tensor, Tensor]]


def class_terms(logits: Tensor, event: Tensor, mask: Tensor, gt: PaddedEvents) -> Terms:
    """Cross-entropy of anchors with an event and without, of logits (B, N, C + 1)."""
    has_event = event >= 0
    # The last column is that of no event.
    labels = F.pad(gt.labels + 1, (0, 1)).gather(1, event.where(has_event, gt.labels.shape[1]))
    entropy = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return dict(
        cls=((entropy * has_event).sum(), has_event.sum()),
        no_cls=((entropy * (mask & ~has_event)).sum(), (mask & ~has_event).sum()),
    )


def segment_term(found: Tensor, event: Tensor, gt: PaddedEvents) -> tuple[Tensor, Tensor]:
    """1 - GIoU of segments (B, N, 2) with the events (B, N) that they answer for."""
    sample, number = (event >= 0).nonzero(as_tuple=True)
    # Shorter than a step, a segment that counts its last one ends before it starts.
    ordered = found[sample, number].sort(-1).values
    wanted = gt.segments[sample, event[sample, number]]
    return (1 - generalized_overlap(ordered, wanted)).sum(), (event >= 0).sum()


def boundary_terms(scores: Tensor, steps: Tensor, gt: PaddedEvents) -> Terms:
    """Cross-entropy of scores (B, T, 3) of the steps that should score, and that should not."""
    terms: Terms = {}
    for name, score, wanted in zip(
        BOUNDARIES, scores.unbind(-1), boundary_targets(steps, gt), strict=True
    ):
        no = steps & ~wanted
        terms[name] = (-(score + 1e-5).log() * wanted).sum(), wanted.sum()
        terms[f"no_{name}"] = (-(1 - score + 1e-5).log() * no).sum(), no.sum()
    return terms


def boundary_targets(steps: Tensor, gt: PaddedEvents) -> tuple[Tensor, Tensor, Tensor]:
    """Steps within an event, at the start of one, and at the end of one.

    Args:
        steps: (B, T) bool, True = valid.
        gt: Events in grid steps.

    Returns:
        tuple[Tensor, Tensor, Tensor]: (B, T) bool each. A step is at a start if more than half of
        the time from it to the next lies within :data:`NEAR` steps of it.
    """
    # (T, 1), against (B, 1, M)
    step = torch.arange(steps.shape[1], device=steps.device)[:, None]
    known = (gt.labels >= 0)[:, None]
    start, end = (x[:, None] for x in gt.segments.unbind(-1))
    within = (step >= start.round()) & (step <= end.round())
    near = []
    for middle in (start, end):
        shared = (step + 1).minimum(middle + NEAR) - step.maximum(middle - NEAR)
        near.append(shared > 0.5)
    action, at_start, at_end = ((x & known).any(-1) & steps for x in (within, *near))
    return action, at_start, at_end
