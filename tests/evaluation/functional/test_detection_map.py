"""mAP compared to golden values and to a simple loop."""

import json
import re

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.evaluation import GroundTruth, Predictions, detection_map

TIOU = [0.1, 0.3, 0.5, 0.7, 0.9]


def test_equals_the_golden_figures(shared):
    golden = shared / "golden"
    database = json.loads((golden / "map_annotations.json").read_text())["database"]
    results = json.loads((golden / "map_predictions.json").read_text())["results"]
    expected = json.loads((golden / "map_expected.json").read_text())
    truth = [(v, e) for v, entry in database.items() for e in entry["annotations"]]
    found = [(v, e) for v, entries in results.items() for e in entries]
    figures = detection_map(
        GroundTruth(
            [v for v, _ in truth],
            np.array([e["segment"] for _, e in truth]),
            np.array([e["label_id"] for _, e in truth]),
        ),
        Predictions(
            [v for v, _ in found],
            np.array([e["segment"] for _, e in found]),
            np.array([e["label_id"] for _, e in found]),
            np.array([e["score"] for _, e in found]),
        ),
        expected["tiou"],
    )
    np.testing.assert_allclose(figures.mAP, expected["mAP"], atol=1e-6)
    assert figures.average_mAP == pytest.approx(expected["average_mAP"], abs=1e-6)
    assert len(figures.classes) == expected["n_classes"]


def overlap(a, b):
    intersection = max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
    union = (a[1] - a[0]) + (b[1] - b[0]) - intersection
    return intersection / union if union > 0 else 0.0


def slow_ap(truth, found, threshold):
    """One class; truth and found are lists of (video, segment[, score])."""
    taken, hits = set(), []
    for video, segment, _ in sorted(found, key=lambda row: -row[2]):
        best, index = threshold, None
        for number, (other, target) in enumerate(truth):
            iou = overlap(segment, target)
            if other == video and number not in taken and iou >= best:
                if index is None or iou > best:
                    index = number
                best = max(best, iou)
        hits.append(index is not None)
        taken.add(index)
    recall, precision, points = 0, [], []
    for rank, hit in enumerate(hits, 1):
        recall += hit
        precision.append(recall / rank)
        points.append(recall / len(truth))
    area, before = 0.0, 0.0
    for number, point in enumerate(points):
        area += (point - before) * max(precision[number:])
        before = point
    return area


def random_case(seed, videos=6, classes=4, truths=40, predictions=150):
    rng = np.random.default_rng(seed)

    def segments(count):
        start = rng.uniform(0, 20, count)
        return np.stack([start, start + rng.uniform(0.2, 10, count)], 1)

    def names(count):
        return [f"v{i}" for i in rng.integers(videos, size=count)]

    truth = GroundTruth(names(truths), segments(truths), rng.integers(classes, size=truths))
    found = Predictions(
        names(predictions),
        segments(predictions),
        # A class without ground truth, and one without predictions.
        rng.integers(1, classes + 1, size=predictions),
        rng.uniform(size=predictions),
    )
    return truth, found


@pytest.mark.parametrize("seed", range(6))
def test_equals_a_literal_loop(seed):
    truth, found = random_case(seed)
    figures = detection_map(truth, found, TIOU)
    assert figures.classes.tolist() == [0, 1, 2, 3]
    for row, label in enumerate(figures.classes):
        mine = [(v, s) for v, s, k in zip(*truth, strict=True) if k == label]
        theirs = [(v, s, x) for v, s, k, x in zip(*found, strict=True) if k == label]
        for column, threshold in enumerate(TIOU):
            wanted = slow_ap(mine, theirs, threshold)
            assert figures.ap[row, column] == pytest.approx(wanted, abs=1e-9)
    np.testing.assert_allclose(figures.mAP, figures.ap.mean(0))
    assert (figures.ap[0] == 0).all()


def test_the_order_of_predictions_and_truth_does_not_matter():
    truth, found = random_case(0)
    figures = detection_map(truth, found, TIOU)
    rng = np.random.default_rng(1)
    one, other = rng.permutation(len(truth.video)), rng.permutation(len(found.video))
    shuffled = detection_map(
        GroundTruth([truth.video[i] for i in one], truth.segments[one], truth.labels[one]),
        Predictions([found.video[i] for i in other], *(field[other] for field in found[1:])),
        TIOU,
    )
    assert np.array_equal(shuffled.ap, figures.ap)


def predict(*rows):
    video, segments, labels, scores = zip(*rows, strict=True)
    return Predictions(list(video), np.array(segments), np.array(labels), np.array(scores))


def test_by_hand():
    truth = GroundTruth(["a", "a"], np.array([[0.0, 10.0], [20.0, 30.0]]), np.array([0, 0]))
    found = predict(
        ("a", [0.0, 8.0], 0, 0.9),  # IoU 0.8
        ("b", [0.0, 10.0], 0, 0.8),  # another video
        ("a", [0.0, 10.0], 0, 0.7),  # its target is matched at 0.5, but not at 0.9
        ("a", [20.0, 30.0], 0, 0.6),
    )
    figures = detection_map(truth, found, [0.5, 0.9])
    # 0.5: hits 1 0 0 1: 0.5 * 1 + 0.5 * 2/4. 0.9: hits 0 0 1 1: both at precision 1/2.
    assert figures.ap.tolist() == [[0.75, 0.5]]
    assert figures.average_mAP == 0.625


def test_duplicate_ground_truth_counts_once():
    truth = GroundTruth(
        ["a"] * 4,
        np.array([[0.0, 10.0], [0.0009, 9.9991], [0.0, 10.01], [0.0, 10.0]]),
        np.array([0, 0, 0, 1]),
    )
    figures = detection_map(truth, predict(("a", [0.0, 10.0], 0, 0.9)), [0.5])
    # Two of class 0 remain, and one is predicted.
    assert figures.ap.tolist() == [[0.5], [0.0]]


def test_duplicates_are_those_of_an_earlier_one_that_is_kept():
    # Each is within 1 ms of the previous one, in any cell of the hash grid.
    start = 3.0 + np.arange(9) * 0.0008
    segments = np.stack([start, start + 5], 1)
    labels, videos = np.zeros(9, int), ["a"] * 9
    alone = Predictions(["a"], np.array([[3.0, 8.0]]), np.zeros(1, int), np.ones(1))
    figures = detection_map(GroundTruth(videos, segments, labels), alone, [0.5])
    # 0, 2, 4, 6 and 8 are kept: one of five is predicted.
    assert figures.ap[0, 0] == pytest.approx(0.2)
    other = [f"v{i}" for i in range(9)]
    figures = detection_map(GroundTruth(other, segments, labels), alone, [0.5])
    assert figures.ap[0, 0] == 0


@pytest.mark.parametrize("tiou", [[], [0.0, 0.5], [0.5, 1.1], [-1], [float("nan")]])
def test_thresholds_out_of_range_are_refused(tiou):
    truth, found = random_case(0)
    with pytest.raises(
        InputError,
        match=re.escape(f"tiou_thresholds: expected thresholds above 0, up to 1, got {tiou}"),
    ):
        detection_map(truth, found, tiou)


def test_nothing_predicted_and_nothing_annotated():
    truth = GroundTruth(["a"], np.array([[0.0, 1.0]]), np.array([2]))
    nothing = Predictions([], np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    assert detection_map(truth, nothing, TIOU).average_mAP == 0
    empty = GroundTruth([], np.zeros((0, 2)), np.zeros(0))
    figures = detection_map(empty, predict(("a", [0.0, 1.0], 0, 0.5)), TIOU)
    assert figures.average_mAP == 0
    assert figures.ap.shape == (0, 5)
