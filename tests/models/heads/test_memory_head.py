"""LESP's head: distances to what is remembered, by hand."""

import math

import pytest
import torch

from loco_mm.models.heads import MemoryHead, MemoryPredictions
from loco_mm.testing import make_segment_sample

# Two classes of two remembered segments, of four channels: distances are halved.
MEMORY = torch.tensor(
    [[[0.0, 0, 0, 0], [2.0, 0, 0, 0]], [[0.0, 8, 0, 0], [0.0, 10, 0, 0]]], dtype=torch.float64
)
FUSED = torch.tensor(
    [
        [[1.0, 0, 0, 0], [4.0, 0, 0, 0], [9.0, 9, 9, 9]],
        [[0.0, 8, 0, 0], [0.0, 9, 0, 0], [0, 4, 0, 0]],
    ],
    dtype=torch.float64,
)
MASK = torch.tensor([[True, True, False], [True, True, True]])


def build(**settings):
    torch.manual_seed(0)
    return MemoryHead(**(dict(num_classes=2, in_channels=4) | settings)).double().eval()


def features():
    torch.manual_seed(1)
    streams = [torch.randn(2, 3, 4, dtype=torch.float64) * MASK[..., None] for _ in range(2)]
    return [FUSED * MASK[..., None], *streams, MEMORY]


def samples(*rows, **settings):
    rows = rows or ([0, 2], [1, 2, 1])
    return [make_segment_sample(row, 2, **settings)["data_samples"] for row in rows]


def test_the_nearest_class_and_what_is_near_enough():
    head = build(margin=0.7)
    found = head.predict(features(), [MASK], samples())
    # Nearest of class 0: 1 / 2 and 2 / 2; of class 1: 0, 1 / 2 and 4 / 2.
    assert found[0].labels.tolist() == [0, 2]
    assert found[1].labels.tolist() == [1, 1, 2]
    nearest = [0.0, 0.5, 2.0]
    wanted = [1 - 1 / (1 + math.exp(near - 0.7)) for near in nearest]
    assert found[1].scores[:, 2].tolist() == pytest.approx(wanted)


def test_prototypes_are_the_means_of_what_is_remembered():
    found = build(temperature=0.1)(features(), [MASK])
    means = [[1.0, 0, 0, 0], [0.0, 9, 0, 0]]
    for video, steps in ((0, 2), (1, 3)):
        for label, mean in enumerate(means):
            apart = [math.dist(x, mean) / 2 for x in FUSED[video, :steps].tolist()]
            wanted = -sum(apart) / steps / 0.1
            assert float(found.prototypes[video, label]) == pytest.approx(wanted)


def test_contrast_by_hand():
    """Farthest remembered of the own class for the event, margin less the nearest for the rest."""
    losses = build(margin=1.5, contrastive_weight=1.0).loss(features(), [MASK], samples())
    first = math.dist([1.0], [0.0]) / 2 + max(0, 1.5 - 2 / 2)
    second = (2 / 2 + 6 / 2) / 2 + max(0, 1.5 - 0.5)
    assert float(losses["loss_contrastive"]) == pytest.approx((first + second) / 2)


def test_weak_contrast_weighs_by_relevance():
    head = build(margin=1.5, contrastive_weight=1.0, supervision="weakly")
    losses = head.loss(features(), [MASK], samples([0, 0], [2, 2, 2]))
    share = head.relevance(FUSED[0, :2])[:, 0].sigmoid().tolist()
    near, far = (0.5, 1.0), (0.5, 2.0)
    terms = [s * f + (1 - s) * max(0, 1.5 - n) for s, f, n in zip(share, far, near, strict=True)]
    # The second video has no event, and no class that it could be far from.
    assert float(losses["loss_contrastive"]) == pytest.approx(sum(terms) / 2)


@pytest.mark.parametrize(("eventless", "label"), [("skip", -1), ("first", 0)])
def test_videos_without_an_event(eventless, label):
    head = build(supervision="weakly", eventless=eventless)
    rows = samples([1, 1], [2, 2, 2])
    assert head.memory_class(rows, "cpu").tolist() == [1, label]
    found = head(features(), [MASK])
    losses = head.loss_by_feat(found, rows)
    shares = found.classes.log_softmax(-1)
    wanted = [-float(shares[0, 1])] + [-float(shares[1, 0])] * (label == 0)
    assert float(losses["loss_cls"]) == pytest.approx(sum(wanted) / len(wanted))
    # Relevance is learnt from them in any case: the first is all event, the second none.
    p = found.relevance.sigmoid()
    means = [float(p[0, :2].mean()), 1 - float(p[1].mean())]
    wanted = -sum(map(math.log, means)) / 2
    assert float(losses["loss_relevance"]) == pytest.approx(wanted)


def test_shares_tell_durations():
    head = build(supervision="weakly", video_label="proportion")
    found = head(features(), [MASK])
    loss = head.loss_by_feat(found, samples([1, 2], [0, 0, 2], proportion=True))["loss_relevance"]
    p = found.relevance.sigmoid()
    means = [float(p[0, :2].mean()), float(p[1].mean())]
    pairs = list(zip(means, (0.5, 2 / 3), strict=True))
    terms = [w * math.log(x) + (1 - w) * math.log(1 - x) for x, w in pairs]
    assert float(loss) == pytest.approx(-sum(terms) / 2)


def test_streams_are_trained_on_segments_with_the_event():
    head = build(unimodal_weight=1.0)
    found = head(features(), [MASK])
    loss = head.loss_by_feat(found, samples())["loss_streams"]
    shares = found.stream_classes.log_softmax(-1)
    picked = shares[:, 0, 0, 0] + shares[:, 1, 0, 1] + shares[:, 1, 2, 1]
    assert float(loss) == pytest.approx(-float(picked.sum()) / 5)


def test_agreement_is_one_less_the_divergence():
    streams = features()[1:3]
    weak = build(supervision="weakly").agreement(streams, MASK, samples())
    fully = build().agreement(streams, MASK, samples())
    head = build()
    p, q = (x.softmax(-1) for x in head._stream_classes(*streams))
    m = (p + q) / 2
    kl = ((p * (p / m).log()).sum(-1) + (q * (q / m).log()).sum(-1)) / 2
    torch.testing.assert_close(weak[MASK], (1 - kl)[MASK])
    event = torch.tensor([[1.0, 0, 0], [1, 0, 1]])
    torch.testing.assert_close(fully[MASK], (1 - kl + event)[MASK])
    assert (weak[~MASK] < 0).all()


def test_predictions_are_named():
    assert isinstance(build()(features(), [MASK]), MemoryPredictions)
