"""The loss of gates, by hand."""

import math

import pytest

from loco_mm.models.auxiliary import GateLoss

from .conftest import CLASSES


@pytest.mark.parametrize("sigmoid", [False, True])
def test_it_is_the_cross_entropy_of_the_gates(scene, sigmoid):
    features, samples, labels = scene
    (gates,) = features.extras
    terms = []
    for row, found in zip(labels, gates.tolist(), strict=True):
        for label, gate in zip(row, found, strict=False):
            share = 1 / (1 + math.exp(-gate)) if sigmoid else gate
            terms.append(-math.log(share if label < CLASSES else 1 - share))
    loss = GateLoss(CLASSES, sigmoid, loss_weight=2.0)(features, samples)
    assert float(loss) == pytest.approx(2 * sum(terms) / len(terms), rel=1e-6)
