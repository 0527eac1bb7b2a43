"""Recall of proposals, by hand."""

import math
from types import SimpleNamespace

import pytest

from loco_mm.evaluation import ProposalRecall


def proposals(*rows):
    return [dict(segment=[start, end], score=score) for start, end, score in rows]


def test_recall_of_the_best_proposals_of_each_video():
    metric = ProposalRecall(numbers=(2, 1), tiou_thresholds=(0.5, 0.75))
    batch = dict(
        data_samples=[
            SimpleNamespace(
                video_name="v_a",
                annotations=[dict(segment=[0.0, 4.0]), dict(segment=[6.0, 10.0])],
            ),
            SimpleNamespace(video_name="v_b", annotations=[dict(segment=[0.0, 1.0])]),
            SimpleNamespace(video_name="v_c", annotations=[]),
        ]
    )
    found = [
        # The best one covers the second event with IoU 0.6, the next one the first with IoU 1.
        dict(video_name="v_a",
             proposal_list=proposals((0, 4, 0.5), (6, 10, 0.1), (7.6, 10, 0.9))),
        dict(video_name="v_b", proposal_list=[]),
        dict(video_name="v_c", proposal_list=proposals((0, 1, 0.9))),
    ]  # fmt: skip
    metric.process(batch, found)
    # Of three events, at both thresholds: 2 and 1 with two proposals, 1 and 0 with one.
    assert metric.evaluate(3) == {
        "proposals/AR@2": pytest.approx((2 / 3 + 1 / 3) / 2),
        "proposals/AR@1": pytest.approx((1 / 3 + 0) / 2),
    }


def test_a_repeated_video_counts_once_and_no_events_are_nan():
    metric = ProposalRecall(numbers=[1], tiou_thresholds=[0.5])
    sample = SimpleNamespace(video_name="v_a", annotations=[dict(segment=[0.0, 4.0])])
    hit = dict(video_name="v_a", proposal_list=proposals((0, 4, 0.5)))
    for _ in range(2):
        metric.process(dict(data_samples=[sample]), [hit])
    assert len(metric.results) == 2
    assert metric.compute_metrics(metric.results) == {"AR@1": 1.0}
    assert math.isnan(metric.compute_metrics([])["AR@1"])
    assert math.isnan(metric.compute_metrics([("v", [[0, 1]], [])])["AR@1"])
