"""All matching algorithms compared to a simple loop, and their memory."""

import tracemalloc

import numpy as np
import pytest

from loco_mm.evaluation import GroundTruth, Predictions, detection_map
from loco_mm.evaluation.functional import matching
from loco_mm.evaluation.functional.matching import EventTable, match_events
from loco_mm.structures import segment_iou

TIOU = np.array([0.1, 0.3, 0.5, 0.5, 1.0])


def loop(gt, pred, tiou):
    """One prediction after the other, one ground truth after the other."""
    matches = np.full((len(pred.group), len(tiou)), -1)
    for number, threshold in enumerate(tiou):
        taken = set()
        for row, (group, segment) in enumerate(zip(*pred, strict=True)):
            best, chosen = -1.0, None
            for index, (other, target) in enumerate(zip(*gt, strict=True)):
                overlap = segment_iou(segment, target)
                fits = group == other and index not in taken and overlap >= threshold
                if fits and overlap > best:
                    best, chosen = overlap, index
            matches[row, number] = -1 if chosen is None else chosen
            taken.add(chosen)
    return matches


def table(rng, count, groups, whole):
    """Events of which many, if ``whole``, have the same IoU with another one."""
    start, length = rng.uniform(0, 12, count), rng.uniform(0, 8, count)
    segment = np.stack([start, start + length], 1)
    return EventTable(rng.integers(groups, size=count), segment.round() if whole else segment)


@pytest.mark.parametrize("many", [0, 512])
@pytest.mark.parametrize("at_once", [1, 7, 2**20])
@pytest.mark.parametrize("whole", [True, False])
def test_matches_equal_a_literal_loop(monkeypatch, many, at_once, whole):
    monkeypatch.setattr(matching, "_MANY", many)
    monkeypatch.setattr(matching, "_AT_ONCE", at_once)
    found = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        gt, pred = table(rng, 25, 3, whole), table(rng, 60, 4, whole)
        matches = match_events(gt, pred, TIOU)
        assert np.array_equal(matches, loop(gt, pred, TIOU))
        found += (matches >= 0).sum(0)
    assert (found[:4] > 20).all()
    assert (found[4] > 0) == whole


def test_the_loop_tells_a_matching_in_another_order():
    """The order of the predictions determines which one is matched."""
    rng = np.random.default_rng(0)
    gt, pred = table(rng, 25, 3, True), table(rng, 60, 4, True)
    turned = pred.take(np.arange(60)[::-1])
    assert not np.array_equal(match_events(gt, turned, TIOU)[::-1], loop(gt, pred, TIOU))


def test_each_way_is_taken(monkeypatch):
    rng = np.random.default_rng(0)
    few, many = table(rng, 20, 1, False), table(rng, 3000, 1, False)
    called = []
    for name in ("_one_by_one", "_all_at_once"):
        original = getattr(matching, name)
        monkeypatch.setattr(
            matching,
            name,
            lambda *args, original=original, name=name: called.append(name) or original(*args),
        )
    match_events(many, few, TIOU)
    match_events(few, many, TIOU)
    assert called == ["_one_by_one", "_all_at_once"]


def test_reversed_empty_and_foreign_predictions_match_nothing():
    gt = EventTable(np.zeros(1, int), np.array([[2.0, 5.0]]))
    segments = np.array([[5.0, 2.0], [3.0, 3.0], [np.nan, 3.0], [2.0, 5.0]])
    pred = EventTable(np.array([0, 0, 0, 1]), segments)
    assert (match_events(gt, pred, TIOU) == -1).all()
    assert match_events(gt, pred.take(np.zeros(0, int)), TIOU).shape == (0, 5)


def test_memory_grows_with_the_events_and_not_with_their_product():
    rng = np.random.default_rng(0)
    gt, pred = table(rng, 3000, 1, False), table(rng, 30_000, 1, False)
    tracemalloc.start()
    try:
        match_events(gt, pred, TIOU)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A float64 matrix of all pairs would need 720 MB.
    assert peak < 250e6


def test_a_hundred_thousand_events_of_a_video_are_evaluated():
    rng = np.random.default_rng(0)
    start = np.sort(rng.uniform(0, 36_000, 100_000))
    segments = np.stack([start, start + rng.uniform(0.5, 20, len(start))], 1)
    labels = rng.integers(100, size=len(start))
    videos, scores = ["v"] * len(start), rng.uniform(size=len(start))
    truth, found = (
        GroundTruth(videos, segments, labels),
        Predictions(videos, segments, labels, scores),
    )
    figures = detection_map(truth, found, [0.5, 1.0])
    assert figures.average_mAP == 1.0
    late = Predictions(videos, segments + 1e6, labels, scores)
    assert detection_map(truth, late, [0.5]).average_mAP == 0
