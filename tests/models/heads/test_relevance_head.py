"""Relevance of segments and class of the video, by hand."""

import math

import pytest
import torch

from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.heads import RelevanceHead, RelevanceLogits
from loco_mm.testing import make_segment_sample

RELEVANCE = torch.tensor([[2.0, -1.0, 7.0], [0.5, 0.0, -3.0]], dtype=torch.float64)
CLASSES = torch.tensor([[1.0, -2.0], [0.0, 0.5]], dtype=torch.float64)
SPEC = FeatureSpec(4, (1,), 3)
MASK = torch.tensor([[True, True, False], [True, True, True]])
PREDICTIONS = RelevanceLogits(RELEVANCE, CLASSES, MASK)


def build(**settings):
    torch.manual_seed(0)
    return RelevanceHead(**(dict(num_classes=2, spec=SPEC) | settings)).double()


def samples(*rows):
    rows = rows or ([0, 2], [2, 1, 1])
    return [make_segment_sample(row, 2)["data_samples"] for row in rows]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_labels_of_segments():
    losses = build().loss_by_feat(PREDICTIONS, samples())
    terms = [sigmoid(2), 1 - sigmoid(-1), 1 - sigmoid(0.5), sigmoid(0), sigmoid(-3)]
    wanted = -sum(math.log(x) for x in terms) / 5
    assert float(losses["loss_relevance"]) == pytest.approx(wanted)
    shares = CLASSES.log_softmax(-1)
    assert float(losses["loss_cls"]) == pytest.approx(-float(shares[0, 0] + shares[1, 1]) / 2)


def test_a_video_without_an_event_has_relevance_only():
    losses = build().loss_by_feat(PREDICTIONS, samples([0, 2], [2, 2, 2]))
    assert float(losses["loss_cls"]) == pytest.approx(-float(CLASSES.log_softmax(-1)[0, 0]))
    losses = build().loss_by_feat(PREDICTIONS, samples([2, 2], [2, 2, 2]))
    assert float(losses["loss_cls"]) == 0


def test_labels_of_videos():
    """The maximum over time of relevance times class score; for a negative score, the minimum."""
    loss = build(supervision="weakly").loss_by_feat(PREDICTIONS, samples())
    assert set(loss) == {"loss_cls"}
    videos = torch.tensor(
        [[sigmoid(2) * 1, sigmoid(-1) * -2], [0.0, sigmoid(0.5) * 0.5]], dtype=torch.float64
    )
    shares = videos.log_softmax(-1)
    assert float(loss["loss_cls"]) == pytest.approx(-float(shares[0, 0] + shares[1, 1]) / 2)


def test_background_can_be_a_class_of_videos():
    head = build(supervision="weakly", background=True)
    assert head.classes.out_features == 3
    classes = torch.tensor([[1.0, -2.0, 0.0], [0.0, 0.5, 2.0]], dtype=torch.float64)
    found = RelevanceLogits(RELEVANCE, classes, MASK)
    loss = head.loss_by_feat(found, samples([0, 2], [2, 2, 2]))["loss_cls"]
    videos = torch.tensor(
        [
            [sigmoid(2), sigmoid(-1) * -2, 0],
            [0, sigmoid(0.5) * 0.5, sigmoid(0.5) * 2],
        ]
    )
    shares = videos.log_softmax(-1)
    assert float(loss) == pytest.approx(-float(shares[0, 0] + shares[1, 2]) / 2)
    first, second = head.predict_by_feat(found, samples())
    assert first.labels.tolist() == [0, 2]
    # The class of the second video is background: none of its segments has an event.
    assert second.labels.tolist() == [2, 2, 2]


def test_findings_and_their_scores():
    first, second = build().predict_by_feat(PREDICTIONS, samples())
    assert first.labels.tolist() == [0, 2]
    assert second.labels.tolist() == [1, 2, 2]  # a score of 0.5 is not more than 0.5
    share = math.e**1 / (math.e**1 + math.e**-2)
    wanted = [sigmoid(2) * share, sigmoid(2) * (1 - share), 1 - sigmoid(2)]
    assert first.scores[0].tolist() == pytest.approx(wanted)
    low = build(test_cfg=dict(score_thr=0.01)).predict_by_feat(PREDICTIONS, samples())
    assert low[1].labels.tolist() == [1, 1, 1]


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_the_class_is_of_the_valid_segments(pooling):
    head = build(pooling=pooling)
    x = torch.randn(1, 3, 4, dtype=torch.float64)
    found = head(Features({}, MASK[:1], [x], [MASK[:1]]))
    part = x[0, :2].amax(0) if pooling == "max" else x[0, :2].mean(0)
    torch.testing.assert_close(found.classes[0], head.classes(part))
    torch.testing.assert_close(found.relevance[0], head.relevance(x[0])[:, 0])
