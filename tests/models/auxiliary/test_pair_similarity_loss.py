"""The loss of pairs, by hand."""

import pytest
import torch
from torch.nn.functional import cosine_similarity

from loco_mm.models.auxiliary import PairSimilarityLoss

from .conftest import CLASSES


def test_it_is_the_mean_squared_error_over_videos_with_an_event(scene):
    features, samples, labels = scene
    errors = []
    for number, row in enumerate(labels):
        event = [float(label < CLASSES) for label in row]
        if not any(event):
            continue
        pairs = zip(features.visual[number], features.audio[number], strict=True)
        alike = [max(0.0, float(cosine_similarity(v, a, dim=0))) for v, a in pairs][: len(row)]
        targets = [x / sum(event) for x in event]
        errors += [(x / sum(alike) - y) ** 2 for x, y in zip(alike, targets, strict=True)]
    loss = PairSimilarityLoss(CLASSES, loss_weight=10.0)(features, samples)
    assert float(loss) == pytest.approx(10 * sum(errors) / len(errors), rel=1e-6)
    loss.backward()
    assert features.visual.grad.isfinite().all()
    assert not features.visual.grad[2].any()


def test_a_batch_without_events_has_a_loss_of_0(scene):
    features, samples, _ = scene
    only = [x[2:] for x in features[:3]]
    alone = features._replace(visual=only[0], audio=only[1], mask=only[2])
    loss = PairSimilarityLoss(CLASSES)(alone, samples[2:])
    loss.backward()
    assert float(loss) == 0
    assert torch.equal(features.visual.grad, torch.zeros_like(features.visual))
