"""A softmax for each segment, by hand."""

import math

import pytest
import torch

from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.heads import SegmentSoftmaxHead, SoftmaxLogits
from loco_mm.testing import make_segment_sample

LOGITS = torch.tensor(
    [
        [[1.0, 0.0, -1.0], [0.0, 2.0, 1.0], [9.0, 9.0, 9.0]],
        [[0.5, 0.5, 3.0], [0.0, 0.0, 1.0], [-1.0, 2.0, 0.0]],
    ],
    dtype=torch.float64,
)
SPEC = FeatureSpec(4, (1,), 3)
MASK = torch.tensor([[True, True, False], [True, True, True]])
PREDICTIONS = SoftmaxLogits(LOGITS, MASK)


def build(**settings):
    torch.manual_seed(0)
    return SegmentSoftmaxHead(**(dict(num_classes=2, spec=SPEC) | settings)).double()


def samples(**settings):
    return [make_segment_sample(row, 2, **settings)["data_samples"] for row in ([0, 1], [2, 2, 1])]


def test_labels_of_segments():
    loss = build().loss_by_feat(PREDICTIONS, samples())["loss_cls"]
    shares = LOGITS.log_softmax(-1)
    wanted = -(shares[0, 0, 0] + shares[0, 1, 1] + shares[1, 0, 2] + shares[1, 1, 2])
    assert float(loss) == pytest.approx(float(wanted - shares[1, 2, 1]) / 5)
    first, second = build().predict_by_feat(PREDICTIONS, samples())
    assert first.labels.tolist() == [0, 1]
    assert second.labels.tolist() == [2, 2, 1]
    torch.testing.assert_close(first.scores, LOGITS[0, :2].softmax(-1))


@pytest.mark.parametrize(
    ("pooling", "rows"),
    [("max", [[1.0, 2.0, 1.0], [0.5, 2.0, 3.0]]), ("mean", [[0.5, 1, 0], [-1 / 6, 5 / 6, 4 / 3]])],
)
def test_labels_of_videos(pooling, rows):
    loss = build(supervision="weakly", pooling=pooling).loss_by_feat(PREDICTIONS, samples())
    shares = torch.tensor(rows).log_softmax(-1)
    assert float(loss["loss_cls"]) == pytest.approx(-float(shares[0, 0] + shares[1, 1]) / 2)


def test_shares_of_videos():
    head = build(
        supervision="weakly",
        video_label="proportion",
        pooling="mean",
        loss_cls=dict(type="SoftmaxLoss", mode="binary"),
    )
    loss = head.loss_by_feat(PREDICTIONS, samples(proportion=True))["loss_cls"]
    found = torch.tensor([[0.5, 1, 0], [-1 / 6, 5 / 6, 4 / 3]]).softmax(-1).flatten().tolist()
    wanted = [0.5, 0.5, 0, 0, 1 / 3, 2 / 3]
    terms = [
        w * math.log(x) + (1 - w) * math.log(1 - x) for x, w in zip(found, wanted, strict=True)
    ]
    assert float(loss) == pytest.approx(-sum(terms) / 6)


def test_scores_weigh_themselves():
    plain, weighing = build(), build(weigh=True)
    weighing.load_state_dict(plain.state_dict(), strict=False)
    x = torch.randn(2, 3, 4, dtype=torch.float64)
    features = Features({}, MASK, [x], [MASK])
    logits = plain(features).logits
    weight = (logits @ weighing.weight.weight[0]).relu().sigmoid()
    torch.testing.assert_close(weighing(features).logits, logits * weight[..., None])
    assert (weight >= 0.5).all()


def test_layers():
    assert [name for name, _ in build().named_parameters()] == ["output.weight", "output.bias"]
    names = [name for name, _ in build(hidden_channels=5, bias=False).named_parameters()]
    assert names == ["hidden.weight", "output.weight"]
