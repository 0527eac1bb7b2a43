"""The base class of event heads."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from loco_mm.errors import InputError
from loco_mm.models.features import Features
from loco_mm.models.heads import BaseEventHead
from loco_mm.structures import Events, StepWindow, TemporalGrid
from loco_mm.tasks import EVENTS


class Plain(BaseEventHead):
    """Returns the sum of its features, and predicts one event."""

    def forward(self, features):
        return sum(x.sum() for x in features.levels)

    def loss_by_feat(self, predictions, data_samples):
        return dict(loss=predictions + len(data_samples))

    def candidates(self, predictions, data_samples, limit_scales):
        raise NotImplementedError  # predict_by_feat needs none

    def predict_by_feat(self, predictions, data_samples, steps_per_limit=None):
        return [InstanceData(scores=predictions[None]) for _ in data_samples]


def sample(*rows, duration=4.0):
    events = Events(
        np.array([row[:2] for row in rows], np.float32).reshape(-1, 2),
        np.array([row[2] for row in rows], np.int64),
    )
    return EVENTS.sample("v", duration, TemporalGrid(16, 16, 4), on_grid=events)


def test_losses_and_events_follow_from_forward():
    head = Plain(3)
    features = Features({}, torch.ones(1, 4, dtype=torch.bool), [torch.ones(1, 4, 2)])
    assert head.loss(features, [sample()])["loss"].item() == 9
    assert head.predict(features, [sample()])[0].scores.tolist() == [8]


def test_what_a_head_need_not_have():
    head = Plain(3)
    assert head.class_scores(None) is None
    assert head.has_points(np.zeros((1, 2)), 4) is None
    assert not head.stitches
    with pytest.raises(InputError, match="Plain cannot predict in windows"):
        head.stitch([], [])
    with pytest.raises(InputError, match="or give the head a method own_part"):
        head.own_part(None, StepWindow(0, 4, 0, 4))


def test_a_head_without_the_three_steps_cannot_be_made():
    with pytest.raises(TypeError, match="candidates, forward"):
        BaseEventHead(3)


def test_ground_truth_is_padded():
    gt = Plain.ground_truth([sample((1, 2, 0), (3, 5, 2)), sample(), sample((0, 4, 1))], "cpu")
    assert gt.segments.shape == (3, 16, 2)
    assert gt.segments[:, :2].tolist() == [[[1, 2], [3, 5]], [[0, 0]] * 2, [[0, 4], [0, 0]]]
    assert gt.labels[:, :2].tolist() == [[0, 2], [-1, -1], [1, -1]]
    assert not gt.segments[:, 2:].any() and torch.all(gt.labels[:, 2:] == -1)
    assert Plain.ground_truth([sample()], "cpu").labels.shape == (1, 16)
    assert Plain.ground_truth([sample(*[(0, 4, 1)] * 17)], "cpu").labels.shape == (1, 32)


def test_candidates_become_seconds_within_the_video():
    head = Plain(3, test_cfg=dict(nms=None))
    segments = torch.tensor([[2.0, 6.0], [-9.0, 40.0], [-9.0, -8.0]])
    found = head.to_instances(segments, torch.tensor([0.9, 0.8, 0.7]), torch.arange(3), sample())
    # Grid step g is at (4 g + 8) / 16 s. Segments outside the video are dropped.
    assert found.segments.tolist() == [[1.0, 2.0], [0.0, 4.0]]
    assert found.scores.tolist() == pytest.approx([0.9, 0.8])
    assert found.labels.tolist() == [0, 1]


def test_suppression_is_the_config_s():
    segments, scores = torch.tensor([[0.0, 4.0], [0.0, 4.2]]), torch.tensor([0.9, 0.8])
    hard = dict(type="SegmentSoftNMS", method="hard", iou_threshold=0.5)
    found = Plain(1, test_cfg=dict(nms=hard)).to_instances(
        segments, scores, torch.zeros(2, dtype=torch.long), sample()
    )
    assert found.scores.tolist() == pytest.approx([0.9])


def test_an_unknown_test_setting_is_refused():
    with pytest.raises(
        InputError, match="^test_cfg: unknown key 'score_thr', known are nms, voting$"
    ):
        Plain(3, test_cfg=dict(score_thr=0.1))
