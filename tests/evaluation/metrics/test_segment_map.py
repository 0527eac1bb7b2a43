"""The mAP metric."""

import json
import math

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from loco_mm.structures import Events

from ...metric_samples import evaluate, random_samples, sample


def test_skipped_videos_count_as_videos_without_predictions(tmp_path):
    """Only three of four events are predicted, as one video was skipped: mAP is 3/4, not 1."""
    found = [sample("a", [([1.0, 2.0], 0), ([3.0, 5.0], 0), ([6.0, 9.0], 0)], [])]
    found[0].pred_instances = InstanceData(
        segments=torch.tensor([[1.0, 2.0], [3.0, 5.0], [6.0, 9.0]]),
        labels=torch.zeros(3, dtype=torch.long),
        scores=torch.tensor([0.9, 0.8, 0.7]),
    )
    truth = Events(np.array([[0.5, 4.0]], np.float32), np.array([0]))
    meta = dict(skipped_videos=dict(b=truth))
    dump = tmp_path / "p.json"
    assert evaluate(found)["unav100/mAP"] == pytest.approx(1)
    assert evaluate(found, meta, dump=dump)["unav100/mAP"] == pytest.approx(0.75)
    assert json.loads(dump.read_text())["results"]["b"] == []


def test_figures_by_hand():
    truth = [([0.0, 10.0], 0), ([5.0, 6.0], 1)]
    figures = evaluate([sample("a", truth, [([0.0, 7.5], 0, 0.9)])])
    assert list(figures) == ["unav100/mAP"] + [f"unav100/mAP@0.{i}" for i in range(1, 10)]
    # Class 0 is predicted up to IoU 0.75, class 1 never.
    assert [figures[f"unav100/mAP@0.{i}"] for i in range(1, 10)] == [0.5] * 7 + [0.0] * 2
    assert figures["unav100/mAP"] == pytest.approx(0.5 * 7 / 9)


def test_a_repeated_video_counts_once_and_order_does_not_matter():
    samples = random_samples()
    figures = evaluate(samples)
    assert 0 < figures["unav100/mAP"] < 1
    assert evaluate([*samples, samples[0]]) == figures
    assert evaluate(samples[::-1]) == pytest.approx(figures)


def test_no_predictions_give_zero():
    assert evaluate([sample("a", [([0.0, 1.0], 0)], [])])["unav100/mAP"] == 0


def test_nothing_to_compare_with_is_no_figure():
    figures = evaluate([sample("a", [], [([0.0, 1.0], 0, 0.5)])])
    assert figures and all(map(math.isnan, figures.values()))


def test_thresholds_and_prefix_are_settings():
    figures = evaluate(random_samples(), tiou_thresholds=[0.5, 0.75], prefix="mine")
    assert list(figures) == ["mine/mAP", "mine/mAP@0.5", "mine/mAP@0.75"]
    meta = dict(dataset_type="ours")
    assert next(iter(evaluate(random_samples(), meta))) == "ours/mAP"
    assert next(iter(evaluate(random_samples(), meta, prefix="mine"))) == "mine/mAP"
