"""Losses of a softmax, by hand."""

import math

import pytest
import torch

from loco_mm.models.losses import SoftmaxLoss

LOGITS = [[1.0, -1.0, 0.5], [0.2, 0.2, -3.0]]
SHARES = [[0.0, 0.0, 1.0], [0.7, 0.0, 0.3]]


def softmax(row):
    total = sum(math.exp(x) for x in row)
    return [math.exp(x) / total for x in row]


def loss(shares=SHARES, **settings):
    logits = torch.tensor(LOGITS, dtype=torch.float64)
    return float(SoftmaxLoss(**settings)(logits, torch.tensor(shares)))


def binary(share, wanted):
    return -(wanted * math.log(share) + (1 - wanted) * math.log(1 - share))


def mean(function, shares=SHARES):
    pairs = [
        (share, wanted)
        for row, target in zip(LOGITS, shares, strict=True)
        for share, wanted in zip(softmax(row), target, strict=True)
    ]
    return sum(function(*pair) for pair in pairs) / len(pairs)


def test_every_mode_by_hand():
    entropies = [
        -sum(w * math.log(s) for s, w in zip(softmax(row), target, strict=True))
        for row, target in zip(LOGITS, SHARES, strict=True)
    ]
    assert loss(mode="cross_entropy") == pytest.approx(sum(entropies) / 2, rel=1e-6)
    assert loss(mode="binary") == pytest.approx(mean(binary), rel=1e-6)
    squashed = mean(lambda share, wanted: binary(1 / (1 + math.exp(-share)), wanted))
    assert loss(mode="soft_margin") == pytest.approx(squashed, rel=1e-6)
    assert loss(mode="binary", loss_weight=3) == pytest.approx(3 * mean(binary), rel=1e-6)


def test_a_label_without_an_output_is_left_out():
    shares = [SHARES[0], [0.0, 0.0, 0.0]]
    wanted = -math.log(softmax(LOGITS[0])[2])
    assert loss(shares) == pytest.approx(wanted, rel=1e-6)
    assert loss([[0.0] * 3] * 2) == 0


def test_labels_spread_over_the_batch_are_all_of_the_pairs():
    """Labels (B, 1, K) and scores (B, K) broadcast: all scores are compared to all labels."""
    turned = SHARES[::-1]
    wanted = (mean(binary) + mean(binary, turned)) / 2
    assert loss(mode="binary", batch_labels=True) == pytest.approx(wanted, rel=1e-6)


def test_rounding_above_one_is_taken_for_one():
    logits = torch.tensor([[80.0, -80.0]])
    found = SoftmaxLoss("binary")(logits, torch.tensor([[1.0, 0.0]]))
    assert float(found) == pytest.approx(0, abs=1e-6)
