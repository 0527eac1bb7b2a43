"""CPSP's contrastive losses compared to loops."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cosine_similarity, normalize

from loco_mm.models.features import Features
from loco_mm.models.systems import SegmentContrastiveLoss, VideoContrastiveLoss
from loco_mm.testing import make_segment_sample

from ..conftest import CLASSES, GIVEN


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
    layer = SegmentContrastiveLoss(**GIVEN, loss_weight=1.0)
    loss = layer(features, layer.read_labels(features, samples))
    assert len(videos) == 2
    assert float(loss) == pytest.approx(sum(videos) / 2, rel=1e-6)
    loss.backward()
    assert features.levels[0].grad[0].any()
    assert features.levels[0].grad.isfinite().all()


def test_as_published_it_is_a_constant_of_the_labels(scene):
    """Number of background segments over those with the event, times -log(1e-12)."""
    features, samples, _ = scene
    layer = SegmentContrastiveLoss(**GIVEN, sums="columns", loss_weight=1.0)
    loss = layer(features, layer.read_labels(features, samples))
    assert float(loss) == pytest.approx((2 / 3 + 0) / 2 * 12 * math.log(10), rel=1e-6)
    loss.backward()
    torch.testing.assert_close(features.levels[0].grad, torch.zeros(3, 6, 4).double())


LABELS = [0, 1, 0, 2, 1, 3]  # the last video has no event


def batch(labels=LABELS):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(len(labels), 4, 5, generator=generator, dtype=torch.float64)
    mask = torch.ones(len(labels), 4, dtype=torch.bool)
    mask[1, 3:] = False
    x = (x * mask[..., None]).requires_grad_()
    samples = [
        make_segment_sample([label] * 4, 3, seed)["data_samples"]
        for seed, label in enumerate(labels)
    ]
    return Features({}, mask, [x], [mask]), samples


def test_the_farthest_alike_against_the_nearest_others():
    features, samples = batch()
    x = normalize(features.levels[0].detach(), dim=-1)
    means = [row[valid].mean(0) for row, valid in zip(x, features.mask, strict=True)]
    losses = []
    for mine, label in zip(means, LABELS, strict=True):
        if label == 3:
            continue
        apart = [float((mine - other).norm()) for other in means]
        alike = max(d for d, other in zip(apart, LABELS, strict=True) if other == label)
        others = sorted(d for d, o in zip(apart, LABELS, strict=True) if o not in (label, 3))
        losses.append(max(0.0, alike - sum(others[:2]) / 2 + 0.5))
    layer = VideoContrastiveLoss(**GIVEN, margin=0.5, num_negatives=2)
    loss = layer(features, layer.read_labels(features, samples))
    assert sum(losses) > 0
    assert float(loss) == pytest.approx(sum(losses) / 5, rel=1e-6)
    loss.backward()
    assert features.levels[0].grad.isfinite().all()
    assert not features.levels[0].grad[5].any()


@pytest.mark.parametrize("labels", [[0, 0, 0], [1], [3, 3], [0, 1]])
def test_too_few_of_other_classes_are_no_loss(labels):
    features, samples = batch(LABELS)
    features, samples = batch(labels) if len(labels) > 1 else (first(features), samples[:1])
    layer = VideoContrastiveLoss(**GIVEN, num_negatives=3)
    loss = layer(features, layer.read_labels(features, samples))
    loss.backward()
    assert float(loss) == 0
    assert features.levels[0].grad is None or features.levels[0].grad.isfinite().all()


def first(features):
    x = features.levels[0][:1]
    return replace(features, levels=[x], mask=features.mask[:1])
