"""Losses of anchors, as sums and numbers of terms.

Shape letters: B batch, T grid steps, N anchors, C classes, M events of a video (padded).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...ops import generalized_overlap
from .base_event_head import PaddedEvents

# Steps within this distance of an event's start (end) count as its start (end).
NEAR = 1.5
BOUNDARIES = ("action", "start", "end")
# Sum and number of terms by name.
Terms = dict[str, tuple[Tensor, Tensor]]


def class_terms(logits: Tensor, event: Tensor, mask: Tensor, gt: PaddedEvents) -> Terms:
    """Cross-entropy of logits (B, N, C + 1), separately for anchors with and without an event."""
    has_event = event >= 0
    # The last column is for no event.
    labels = F.pad(gt.labels + 1, (0, 1)).gather(1, event.where(has_event, gt.labels.shape[1]))
    entropy = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return dict(
        cls=((entropy * has_event).sum(), has_event.sum()),
        no_cls=((entropy * (mask & ~has_event)).sum(), (mask & ~has_event).sum()),
    )


def segment_term(found: Tensor, event: Tensor, gt: PaddedEvents) -> tuple[Tensor, Tensor]:
    """1 - GIoU of segments (B, N, 2) with their assigned events (B, N)."""
    sample, number = (event >= 0).nonzero(as_tuple=True)
    # Segments include their last step, so one shorter than a step ends before it starts.
    ordered = found[sample, number].sort(-1).values
    wanted = gt.segments[sample, event[sample, number]]
    return (1 - generalized_overlap(ordered, wanted)).sum(), (event >= 0).sum()


def boundary_terms(scores: Tensor, steps: Tensor, gt: PaddedEvents) -> Terms:
    """Cross-entropy of scores (B, T, 3), separately for positive and negative steps."""
    terms: Terms = {}
    for name, score, wanted in zip(
        BOUNDARIES, scores.unbind(-1), boundary_targets(steps, gt), strict=True
    ):
        no = steps & ~wanted
        terms[name] = (-(score + 1e-5).log() * wanted).sum(), wanted.sum()
        terms[f"no_{name}"] = (-(1 - score + 1e-5).log() * no).sum(), no.sum()
    return terms


def boundary_targets(steps: Tensor, gt: PaddedEvents) -> tuple[Tensor, Tensor, Tensor]:
    """Steps inside an event, at a start, and at an end.

    Args:
        steps: (B, T) bool, True = valid.
        gt: Events in grid steps.

    Returns:
        tuple[Tensor, Tensor, Tensor]: (B, T) bool each. A step is at a start if more than half of
        the interval from it to the next step is within :data:`NEAR` steps of the start.
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
