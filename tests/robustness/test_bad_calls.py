"""Bad arguments of ``soft_nms`` and ``detection_map`` are refused."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.evaluation import detection_map
from loco_mm.ops import soft_nms
from loco_mm.structures import GroundTruth, Predictions

NAN, INF = float("nan"), float("inf")


def refused(text):
    """Expects an error of one line that contains a text."""
    return pytest.raises(InputError, match=rf"(?s)\A(?!.*\n).*{text}")


# Calls as (argument, value, part of the expected message).
SOFT_NMS = [
    ("segments", [[0.0, 1.0]], "segments: expected a tensor, got list"),
    ("segments", np.zeros((3, 2)), "segments: expected a tensor, got ndarray"),
    ("segments", torch.zeros(2, 3), r"expected \(N, 2\), \(N,\) and \(N,\)"),
    ("segments", torch.tensor(1.0), r"expected \(N, 2\), \(N,\) and \(N,\)"),
    (
        "segments",
        torch.tensor([[0, 1], [0, NAN], [0, 1]]),
        "segments: expected finite numbers, got 1 of 6 values NaN",
    ),
    (
        "segments",
        torch.tensor([[0, 1], [0, 2], [0, -INF]]),
        "segments: expected finite numbers, got 1 of 6 values NaN",
    ),
    (
        "segments",
        torch.tensor([[0, 1], [2.0, 1], [0, 1]]),
        r"segments\[1\]: expected .*, got \[2.0, 1.0\]",
    ),
    (
        "segments",
        torch.zeros(3, 2, device="meta"),
        "expected the device of the segments, meta, got cpu",
    ),
    (
        "segments",
        torch.zeros(3, 2, dtype=torch.complex64),
        "segments: expected numbers.*, got .*complex",
    ),
    (
        "scores",
        torch.tensor([0.1, NAN, 0.3]),
        "scores: expected .*, got 1 of 3 values NaN or infinite",
    ),
    (
        "scores",
        torch.tensor([0.1, INF, 0.3]),
        "scores: expected .*, got 1 of 3 values NaN or infinite",
    ),
    ("scores", torch.tensor([0.1, -0.5, 0.3]), "scores: expected scores >= 0, got -0.5"),
    ("scores", torch.zeros(2), r"got .* \[\(3, 2\), \(2,\), \(3,\)\]"),
    ("scores", None, "scores: expected a tensor, got NoneType"),
    ("labels", torch.tensor([0.0, 0.5, 1.0]), r"labels\[1\]: expected a class.*, got 0.5"),
    ("labels", torch.tensor([0.0, NAN, 1.0]), r"labels\[1\]: expected a class.*, got nan"),
    ("labels", torch.tensor([0, -1, 1]), r"labels\[1\]: expected a class.*, got -1"),
    ("labels", torch.tensor([True, False, True]), "labels: expected numbers.*, got Tensor of bool"),
    ("sigma", 0, "sigma: expected a positive number, got 0"),
    ("sigma", NAN, "sigma: expected a positive number, got nan"),
    ("sigma", "0.4", "sigma: expected a positive number, got '0.4'"),
    ("min_score", NAN, "min_score: expected a number, got nan"),
    ("min_score", None, "min_score: expected a number, got None"),
    ("max_num", 0, "max_num: expected an integer >= 1, got 0"),
    ("max_num", 2.5, "max_num: expected an integer.*, got 2.5"),
    ("max_num", True, "max_num: expected an integer.*, got True"),
    ("method", "soft", "method: expected one of.*, got 'soft'"),
    ("method", None, "method: expected one of.*, got None"),
]


def nms_arguments():
    segments = torch.tensor([[0.0, 4.0], [2.0, 6.0], [0.0, 4.0]])
    scores, labels = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 0, 1])
    return dict(
        segments=segments, scores=scores, labels=labels, sigma=0.4, min_score=0.001, max_num=9
    )


@pytest.mark.parametrize(("name", "value", "text"), SOFT_NMS)
def test_soft_nms(name, value, text):
    with refused(text) as caught:
        soft_nms(**{**nms_arguments(), name: value})
    assert str(caught.value).startswith("soft_nms")


def test_soft_nms_of_another_method_needs_no_sigma_but_a_threshold():
    arguments = {**nms_arguments(), "method": "hard", "sigma": 0}
    assert len(soft_nms(**arguments)[0]) == 2
    with refused("soft_nms.iou_threshold: expected .*, got nan"):
        soft_nms(**arguments, iou_threshold=NAN)


def test_soft_nms_of_odd_types_is_that_of_plain_ones():
    wanted = soft_nms(**nms_arguments())
    odd = nms_arguments()
    odd["labels"] = odd["labels"].to(torch.float64)
    odd["segments"] = odd["segments"].to(torch.int64)
    odd |= dict(sigma=np.float32(0.4), min_score=np.float64(0.001), max_num=np.int64(9))
    found = soft_nms(**odd)
    assert torch.equal(found[0].float(), wanted[0])
    torch.testing.assert_close(found[1], wanted[1])
    assert found[2].tolist() == wanted[2].tolist()


def test_soft_nms_does_not_round_scores_that_are_integers():
    given = {**nms_arguments(), "scores": torch.tensor([3, 2, 1])}
    found = soft_nms(**given)[1]
    exact = soft_nms(**{**given, "scores": torch.tensor([3.0, 2.0, 1.0])})[1]
    assert found.dtype == torch.float32
    assert torch.equal(found, exact)
    assert 1 < found[1] < 2


def events(kind, **changes):
    fields = dict(video=["a", "a", "b"], segments=[[0, 4], [2, 6], [1, 3]], labels=[0, 1, 0])
    if kind is Predictions:
        fields["scores"] = [0.9, 0.8, 0.7]
    return kind(**(fields | changes))


BOTH = [
    ("video", ["a"], r"segments: expected numbers \(1, 2\), got shape \(3, 2\)"),
    ("video", "abc", "video: expected a list of videos, got 'abc'"),
    ("video", None, "video: expected a list of videos, got None"),
    ("video", [["a"], ["a"], ["b"]], "video: expected names that can be keys.*"),
    ("segments", [[0, 4], [2, 6]], r"segments: expected numbers \(3, 2\), got shape \(2, 2\)"),
    ("segments", np.zeros((2, 3)), r"segments: expected numbers \(3, 2\), got shape \(2, 3\)"),
    ("segments", [[0, 4], [2, 6], [1]], "segments: expected .*, got list of uneven or odd parts"),
    ("segments", [], r"segments: expected numbers \(3, 2\), got shape \(0,\)"),
    ("segments", None, "segments: expected numbers.*, got None"),
    (
        "segments",
        [[0, 4], [2, NAN], [1, 3]],
        "segments: expected .*, got 1 of 6 values NaN or infinite",
    ),
    (
        "segments",
        [[0, 4], [2, 1], [1, 3]],
        r"segments\[1\]: expected an end after.*, got \[2.0, 1.0\]",
    ),
    ("segments", [["0", "4"]] * 3, "segments: expected numbers.*, got list of <U1"),
    (
        "segments",
        np.array([[0, 4]] * 3, dtype=object),
        "segments: expected .*, got ndarray of object",
    ),
    ("labels", [0, 1], r"labels: expected numbers \(3,\), got shape \(2,\)"),
    ("labels", [0.0, 0.5, 1.0], r"labels\[1\]: expected a class, an integer >= 0.*, got 0.5"),
    ("labels", [0, -1, 1], r"labels\[1\]: expected a class.*, got -1"),
    ("labels", [0, 2**40, 1], r"labels\[1\]: expected a class.*, got 1099511627776"),
    ("labels", ["bark"] * 3, "labels: expected numbers.*, got list of <U4"),
    ("labels", 3, r"labels: expected numbers \(3,\), got 3"),
]
SCORES = [
    ("scores", [0.9, 0.8], r"scores: expected numbers \(3,\), got shape \(2,\)"),
    ("scores", [0.9, 0.8, 0.7, 0.6], r"scores: expected numbers \(3,\), got shape \(4,\)"),
    ("scores", [0.9, NAN, 0.7], "scores: expected .*, got 1 of 3 values NaN or infinite"),
    ("scores", [0.9, None, 0.7], "scores: expected numbers.*, got list of object"),
    ("scores", [[0.9], [0.8], [0.7]], r"scores: expected .*, got shape \(3, 1\)"),
]


@pytest.mark.parametrize(("name", "value", "text"), BOTH)
def test_ground_truth(name, value, text):
    with refused(rf"detection_map\.ground_truth\.{text}"):
        detection_map(events(GroundTruth, **{name: value}), events(Predictions), [0.5])


@pytest.mark.parametrize(("name", "value", "text"), BOTH + SCORES)
def test_predictions(name, value, text):
    with refused(rf"detection_map\.predictions\.{text}"):
        detection_map(events(GroundTruth), events(Predictions, **{name: value}), [0.5])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0.5, r"expected numbers \(X,\), got 0.5"),
        ([[0.5]], r"expected .*, got shape \(1, 1\)"),
        ([], "expected thresholds above 0, up to 1"),
        ([0.0], "expected thresholds above 0, up to 1"),
        ([0.5, NAN], "expected thresholds above 0, up to 1"),
        (["0.5"], "expected numbers.*, got list of <U3"),
        ("0.5", "expected numbers.*, got '0.5'"),
        (None, "expected numbers.*, got None"),
    ],
)
def test_thresholds(given, text):
    with refused(rf"detection_map\.tiou_thresholds: {text}"):
        detection_map(events(GroundTruth), events(Predictions), given)


def test_what_is_no_table_of_events():
    with refused("detection_map.ground_truth: expected a GroundTruth, got dict"):
        detection_map({}, events(Predictions), [0.5])
    with refused("detection_map.predictions: expected a Predictions, got GroundTruth"):
        detection_map(events(GroundTruth), events(GroundTruth), [0.5])


def test_a_map_of_odd_types_is_that_of_plain_ones():
    predictions = events(Predictions)
    # By hand: all events of each class are predicted.
    wanted = detection_map(events(GroundTruth), predictions, [0.5, 0.9])
    assert wanted.mAP.tolist() == [1, 1]
    odd = Predictions(
        np.array(predictions.video),
        np.array(predictions.segments, dtype=">f8"),
        torch.tensor(predictions.labels, dtype=torch.float16),
        torch.tensor([3, 2, 1], dtype=torch.bfloat16),
    )
    found = detection_map(events(GroundTruth), odd, np.array([0.5, 0.9], dtype=">f4"))
    assert found.mAP.tolist() == [1, 1]
    none = Predictions([], [], [], [])
    assert detection_map(events(GroundTruth), none, (0.5,)).average_mAP == 0
