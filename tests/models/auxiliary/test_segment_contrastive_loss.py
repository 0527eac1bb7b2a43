"""The contrastive loss of segments, by loops."""

import math

import pytest
import torch
from torch.nn.functional import cosine_similarity

from loco_mm.models.auxiliary import SegmentContrastiveLoss

from .conftest import CLASSES


def test_events_are_drawn_together_and_away_from_background(scene):
    features, samples, labels = scene
    videos = []
    for x, row in zip(features.levels[0].detach(), labels, strict=True):
        event = [step for step, label in enumerate(row) if label < CLASSES]
        rest = [step for step, label in enumerate(row) if label == CLASSES]
        if not event:
            continue

        def alike(one, other, x=x):
            return math.exp(float(cosine_similarity(x[one], x[other], dim=0)) / 0.6)

        losses = []
        for step in event:
            positive = sum(alike(step, other) for other in event)
            negative = sum(alike(step, other) for other in rest) / max(1, len(rest))
            losses.append(-math.log(positive / (positive + negative)))
        videos.append(sum(losses) / len(losses))
    loss = SegmentContrastiveLoss(CLASSES, loss_weight=1.0)(features, samples)
    assert len(videos) == 2
    assert float(loss) == pytest.approx(sum(videos) / 2, rel=1e-6)
    loss.backward()
    assert features.levels[0].grad[0].any()
    assert features.levels[0].grad.isfinite().all()


def test_as_published_it_is_a_constant_of_the_labels(scene):
    """Background segments over those with the event, times -log(1e-12)."""
    features, samples, _ = scene
    layer = SegmentContrastiveLoss(CLASSES, sums="columns", loss_weight=1.0)
    loss = layer(features, samples)
    assert float(loss) == pytest.approx((2 / 3 + 0) / 2 * 12 * math.log(10), rel=1e-6)
    loss.backward()
    torch.testing.assert_close(features.levels[0].grad, torch.zeros(3, 6, 4).double())
