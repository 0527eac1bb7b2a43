"""The pair similarity loss, by hand."""

import pytest
import torch
from torch.nn.functional import cosine_similarity

from loco_mm.models.auxiliary import PairSimilarityLoss
from loco_mm.models.features import Features

from ..conftest import CLASSES, GIVEN


def test_it_is_the_mean_squared_error_over_videos_with_an_event(scene):
    features, samples, labels = scene
    visual, audio = features.streams["visual"], features.streams["audio"]
    errors = []
    for number, row in enumerate(labels):
        event = [float(label < CLASSES) for label in row]
        if not any(event):
            continue
        pairs = zip(visual[number], audio[number], strict=True)
        alike = [max(0.0, float(cosine_similarity(v, a, dim=0))) for v, a in pairs][: len(row)]
        targets = [x / sum(event) for x in event]
        errors += [(x / sum(alike) - y) ** 2 for x, y in zip(alike, targets, strict=True)]
    layer = PairSimilarityLoss(**GIVEN, loss_weight=10.0)
    loss = layer(features, layer.read_labels(features, samples))
    assert float(loss) == pytest.approx(10 * sum(errors) / len(errors), rel=1e-6)
    loss.backward()
    assert visual.grad.isfinite().all()
    assert not visual.grad[2].any()


def test_a_batch_without_events_has_a_loss_of_0(scene):
    features, samples, _ = scene
    only = {name: x[2:] for name, x in features.streams.items()}
    alone = Features(only, features.mask[2:])
    layer = PairSimilarityLoss(**GIVEN)
    loss = layer(alone, layer.read_labels(alone, samples[2:]))
    loss.backward()
    assert float(loss) == 0
    visual = features.streams["visual"]
    assert torch.equal(visual.grad, torch.zeros_like(visual))
