"""Error analysis, compared to values computed by hand."""

import numpy as np
import pytest

from loco_mm.evaluation.functional import GroundTruth, Predictions, detection_map
from loco_mm.evaluation.functional.error_analysis import (
    KINDS,
    analyze_errors,
    confusion_counts,
    costs_of_errors,
    kinds_by_rank,
    missed_share,
    normalized_map,
    recall_curve,
)

DOG, CAR = 0, 1
# Video a: a dog from 0 to 10 s and a car from 20 to 30 s. Video b: a dog from 0 to 4 s.
GT = GroundTruth(
    ["a", "a", "b"], np.array([[0.0, 10], [20, 30], [0, 4]]), np.array([DOG, CAR, DOG])
)
# Video, start, end, label, score, and the kind at 0.5.
ROWS = [
    ("a", 0, 10, DOG, 0.9, "true positive"),
    ("a", 0, 8, DOG, 0.8, "double detection"),
    ("a", 20, 30, DOG, 0.7, "wrong label"),
    ("a", 0, 3, DOG, 0.6, "localization"),
    ("a", 27, 30, DOG, 0.5, "confusion"),
    ("a", 12, 18, DOG, 0.4, "background"),
    ("c", 0, 10, DOG, 0.3, "background"),
    ("b", 0, 3, DOG, 0.2, "true positive"),
    ("a", 9.5, 20, CAR, 0.9, "background"),
]


def predictions(rows=ROWS):
    videos, starts, ends, labels, scores, _ = zip(*rows, strict=True)
    segments = np.stack([starts, ends], 1).astype(float)
    return Predictions(list(videos), segments, np.array(labels), np.array(scores))


def analysis(rows=ROWS, tiou=(0.5,)):
    return analyze_errors(GT, predictions(rows), tiou)


def test_the_kind_of_each_prediction():
    found = analysis()
    assert [KINDS[kind] for kind in found.kind[:, 0]] == [row[-1] for row in ROWS]
    # The nearest event of another class, whatever the kind is.
    assert found.confused.tolist() == [-1, -1, CAR, -1, CAR, -1, -1, -1, DOG]
    # Ranks in a class of two events, and of one.
    assert found.rank.tolist() == [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 1]
    assert found.is_top.all()


def test_kinds_depend_on_the_threshold():
    found = analysis(tiou=(0.1, 0.3, 0.9))
    kinds = [[KINDS[kind] for kind in row] for row in found.kind]
    assert kinds[1] == ["double detection", "double detection", "localization"]
    assert kinds[3] == ["double detection", "double detection", "localization"]
    assert kinds[4] == ["wrong label", "wrong label", "confusion"]
    assert kinds[7] == ["true positive", "true positive", "localization"]
    # IoU 0.5 / 20 with the dog.
    assert kinds[8] == ["background"] * 3


def test_an_event_of_the_same_class_comes_first():
    """Also if the prediction overlaps an event of another class more."""
    gt = GroundTruth(["a", "a"], np.array([[0.0, 10], [2, 9]]), np.array([DOG, CAR]))
    found = Predictions(
        ["a", "a", "a"],
        np.array([[0.0, 10], [2, 9], [2, 5]]),
        np.array([DOG, DOG, DOG]),
        np.array([0.9, 0.8, 0.7]),
    )
    kinds = analyze_errors(gt, found, [0.5]).kind[:, 0]
    assert [KINDS[kind] for kind in kinds] == ["true positive", "double detection", "localization"]


def test_what_errors_cost():
    # Class dog: hits at ranks 1 and 8 of 8, two events: (1 + 2/8) / 2; class car: 0.
    assert detection_map(GT, predictions(), [0.5]).average_mAP == pytest.approx(0.625 / 2)
    costs = costs_of_errors(analysis())
    # Without n of the errors between, the second hit has rank 8 - n.
    gain = {1: (2 / 7 - 2 / 8) / 4, 2: (2 / 6 - 2 / 8) / 4}
    assert costs == pytest.approx(
        {
            "double detection": gain[1],
            "wrong label": gain[1],
            "localization": gain[1],
            "confusion": gain[1],
            "background": gain[2],
        }
    )


def test_predictions_beyond_ten_times_the_events_are_not_top():
    rows = [("c", 0, 1, DOG, 0.5 - n / 100, "") for n in range(30)]
    found = analysis([*rows, ("c", 0, 1, 2, 0.5, "")])
    assert found.is_top.sum() == 20
    # A class without events has no top.
    assert np.isinf(found.rank[-1])
    shares = kinds_by_rank(analysis([ROWS[0], *rows]), 0)
    assert shares[1] == dict.fromkeys(KINDS, 0.0) | {"true positive": 0.5, "background": 0.5}
    assert shares[10] == dict.fromkeys(KINDS, 0.0) | {"background": 1.0}
    assert list(shares) == list(range(1, 11))


def test_groups_of_events():
    found = analysis()
    everything = np.ones(3, bool)
    # Dog: recall 1/2 at rank 1, with no false positive; recall 1 at rank 8, with 6. There are 1.5
    # events per class: precision 1.5 / (1.5 + 6). Car: 0.
    dog = (1 + 1.5 / 7.5) / 2
    assert normalized_map(found, everything) == pytest.approx(dog / 2)
    # Only the dog of video b; the first hit is ignored.
    short = np.array([False, False, True])
    assert normalized_map(found, short) == pytest.approx(1.5 / 7.5)
    assert normalized_map(found, np.array([True, False, False])) == pytest.approx(1.0)
    assert np.isnan(normalized_map(found, np.zeros(3, bool)))
    assert missed_share(found, everything, 0) == pytest.approx(1 / 3)
    assert missed_share(found, short, 0) == 0
    assert missed_share(found, np.array([False, True, False]), 0) == 1
    assert np.isnan(missed_share(found, np.zeros(3, bool), 0))


def test_confused_classes():
    # Two dogs found, and one car called a dog.
    assert confusion_counts(analysis(), 3, 0).tolist() == [[2, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_precision_by_recall():
    curve = recall_curve(analysis(), 0, points=5)
    # Dog: 1 up to recall 1/2, then 2/8; car: 0.
    assert curve == pytest.approx([0.5, 0.5, 0.5, 0.125, 0.125])


def test_nothing_to_analyze():
    none = Predictions([], np.zeros((0, 2)), np.zeros(0, int), np.zeros(0))
    found = analyze_errors(GT, none, [0.5])
    assert costs_of_errors(found) == dict.fromkeys(KINDS[1:], 0.0)
    assert normalized_map(found, np.ones(3, bool)) == 0
    assert missed_share(found, np.ones(3, bool), 0) == 1
    assert recall_curve(found, 0).tolist() == [0] * 101
    empty = GroundTruth([], np.zeros((0, 2)), np.zeros(0, int))
    found = analyze_errors(empty, predictions(), [0.5])
    assert {KINDS[kind] for kind in found.kind[:, 0]} == {"background"}
    assert costs_of_errors(found) == dict.fromkeys(KINDS[1:], 0.0)
