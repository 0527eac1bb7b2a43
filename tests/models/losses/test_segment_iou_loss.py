"""IoU losses: golden values, and by hand."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.losses import SegmentIoULoss

from ...comparing import relative_error


def test_centre_diou_and_gradient_equal_the_golden_ones(shared):
    golden = np.load(shared / "golden" / "losses.npz")
    predicted = torch.from_numpy(golden["pred_offsets"]).requires_grad_()
    loss = SegmentIoULoss("diou")(predicted, torch.from_numpy(golden["gt_offsets"]))
    loss.backward()
    assert float(loss) == pytest.approx(float(golden["diou_sum"]), rel=1e-5)
    assert relative_error(predicted.grad, golden["diou_grad"]) < 1e-5


def test_iou_by_hand():
    predicted, target = torch.tensor([[2.0, 2.0]]), torch.tensor([[1.0, 5.0]])
    # Intersection 3, union 7, distance of the centres 2, enclosing segment 7.
    assert float(SegmentIoULoss("giou")(predicted, target)) == pytest.approx(1 - 3 / 7)
    assert float(SegmentIoULoss("diou")(predicted, target)) == pytest.approx(
        1 - 3 / 7 + (2 / 7) ** 2
    )


def test_generalised_iou_equals_iou_where_both_contain_the_point():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.rand(100, 2, generator=generator) + 0.01 for _ in range(2))
    enclosing = torch.maximum(a, b).sum(-1)
    intersection = torch.minimum(a, b).sum(-1)
    union = a.sum(-1) + b.sum(-1) - intersection
    generalised = 1 - (intersection / union - (enclosing - union) / enclosing)
    assert float(SegmentIoULoss("giou")(a, b)) == pytest.approx(float(generalised.sum()), rel=1e-5)


@pytest.mark.parametrize("mode", ["giou", "diou"])
def test_no_pairs_give_zero_with_a_graph(mode):
    predicted = torch.zeros(0, 2, requires_grad=True)
    loss = SegmentIoULoss(mode)(predicted, torch.zeros(0, 2))
    loss.backward()
    assert float(loss) == 0


@pytest.mark.parametrize("mode", ["giou", "diou"])
def test_empty_segments_give_no_nan(mode):
    predicted = torch.zeros(3, 2, requires_grad=True)
    loss = SegmentIoULoss(mode)(predicted, torch.zeros(3, 2))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(predicted.grad).all()


def test_unknown_mode_is_refused():
    with pytest.raises(InputError, match="'giou' or 'diou'"):
        SegmentIoULoss("iou3d")
