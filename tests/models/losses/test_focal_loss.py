"""The focal loss: golden values, and by hand."""

import numpy as np
import pytest
import torch

from loco_mm.models.losses import SigmoidFocalLoss

from ...comparing import relative_error


def test_focal_loss_and_gradient_equal_the_golden_ones(shared):
    golden = np.load(shared / "golden" / "losses.npz")
    logits = torch.from_numpy(golden["logits"]).requires_grad_()
    loss = SigmoidFocalLoss(alpha=0.25, gamma=2.0)(logits, torch.from_numpy(golden["targets"]))
    loss.backward()
    assert float(loss) == pytest.approx(float(golden["focal_sum"]), rel=1e-5)
    assert relative_error(logits.grad, golden["focal_grad"]) < 1e-5


def test_focal_loss_by_hand():
    # p = 0.5: positive 0.25 * 0.25 * ln 2, negative 0.75 * 0.25 * ln 2.
    loss = SigmoidFocalLoss()(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    assert float(loss) == pytest.approx(0.25 * np.log(2))


def test_smoothed_targets_by_hand():
    """With two classes, 1 becomes 0.7 + 0.1, and 0 becomes 0.1."""
    loss = SigmoidFocalLoss(label_smoothing=0.3)(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    # p = 0.5: the difference to each target is 0.5.
    weights = [0.25 * t + 0.75 * (1 - t) for t in (0.8, 0.1)]
    assert float(loss) == pytest.approx(0.25 * np.log(2) * sum(weights))


def test_terms_may_have_factors():
    torch.manual_seed(0)
    logits, targets, factors = torch.randn(4, 3), torch.eye(4, 3), torch.rand(4, 3)
    loss = SigmoidFocalLoss(loss_weight=2.0)
    terms = torch.tensor(
        [
            [loss(logits[i : i + 1, j : j + 1], targets[i : i + 1, j : j + 1]) for j in range(3)]
            for i in range(4)
        ]
    )
    torch.testing.assert_close(loss(logits, targets, factors), (terms * factors).sum())
