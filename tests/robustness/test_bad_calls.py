"""Arguments of ``soft_nms`` and ``detection_map``: what is wrong with them is told."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.evaluation import detection_map
from loco_mm.ops import soft_nms
from loco_mm.structures import GroundTruth, Predictions

NAN, INF = float("nan"), float("inf")


def told(text):
    """One line of the project's own, that holds a text."""
    return pytest.raises(InputError, match=rf"(?s)\A(?!.*\n).*{text}")


# Calls and what is expected: (argument, value, part of the message).
SOFT_NMS = [
    ("segments", [[0.0, 1.0]], "segments: list found, a tensor expected"),
    ("segments", np.zeros((3, 2)), "segments: ndarray found, a tensor expected"),
    ("segments", torch.zeros(2, 3), r"\(N, 2\), \(N,\) and \(N,\) expected"),
    ("segments", torch.tensor(1.0), r"\(N, 2\), \(N,\) and \(N,\) expected"),
    ("segments", torch.tensor([[0, 1], [0, NAN], [0, 1]]), "segments: 1 of 6 values NaN"),
    ("segments", torch.tensor([[0, 1], [0, 2], [0, -INF]]), "segments: 1 of 6 values NaN"),
    ("segments", torch.tensor([[0, 1], [2.0, 1], [0, 1]]), r"segments\[1\]: \[2.0, 1.0\] found, "),
    ("segments", torch.zeros(3, 2, device="meta"), "device cpu found, that of the segments, meta"),
    ("segments", torch.zeros(3, 2, dtype=torch.complex64), "segments: .*complex.* found, numbers"),
    ("scores", torch.tensor([0.1, NAN, 0.3]), "scores: 1 of 3 values NaN or infinite found"),
    ("scores", torch.tensor([0.1, INF, 0.3]), "scores: 1 of 3 values NaN or infinite found"),
    ("scores", torch.tensor([0.1, -0.5, 0.3]), "scores: -0.5 found, scores from 0 on expected"),
    ("scores", torch.zeros(2), r"\[\(3, 2\), \(2,\), \(3,\)\] found"),
    ("scores", None, "scores: NoneType found, a tensor expected"),
    ("labels", torch.tensor([0.0, 0.5, 1.0]), r"labels\[1\]: 0.5 found, a class"),
    ("labels", torch.tensor([0.0, NAN, 1.0]), r"labels\[1\]: nan found, a class"),
    ("labels", torch.tensor([0, -1, 1]), r"labels\[1\]: -1 found, a class"),
    ("labels", torch.tensor([True, False, True]), "labels: Tensor of bool found, numbers"),
    ("sigma", 0, "sigma: 0 found, a positive number expected"),
    ("sigma", NAN, "sigma: nan found, a positive number expected"),
    ("sigma", "0.4", "sigma: '0.4' found, a positive number expected"),
    ("min_score", NAN, "min_score: nan found, a number expected"),
    ("min_score", None, "min_score: None found, a number expected"),
    ("max_num", 0, "max_num: 0 found, a count from 1 on expected"),
    ("max_num", 2.5, "max_num: 2.5 found, a count"),
    ("max_num", True, "max_num: True found, a count"),
    ("method", "soft", "method: 'soft' found, one of"),
    ("method", None, "method: None found, one of"),
]


def nms_arguments():
    segments = torch.tensor([[0.0, 4.0], [2.0, 6.0], [0.0, 4.0]])
    scores, labels = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 0, 1])
    return dict(
        segments=segments, scores=scores, labels=labels, sigma=0.4, min_score=0.001, max_num=9
    )


@pytest.mark.parametrize(("name", "value", "text"), SOFT_NMS)
def test_soft_nms(name, value, text):
    with told(text) as caught:
        soft_nms(**{**nms_arguments(), name: value})
    assert str(caught.value).startswith("soft_nms")


def test_soft_nms_of_another_method_needs_no_sigma_but_a_threshold():
    arguments = {**nms_arguments(), "method": "hard", "sigma": 0}
    assert len(soft_nms(**arguments)[0]) == 2
    with told("soft_nms.iou_threshold: nan found"):
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
    ("video", ["a"], r"segments: shape \(3, 2\) found, numbers \(1, 2\) expected"),
    ("video", "abc", "video: 'abc' found, a list of videos expected"),
    ("video", None, "video: None found, a list of videos expected"),
    ("video", [["a"], ["a"], ["b"]], "video: .* found, names that can be keys"),
    ("segments", [[0, 4], [2, 6]], r"segments: shape \(2, 2\) found, numbers \(3, 2\) expected"),
    ("segments", np.zeros((2, 3)), r"segments: shape \(2, 3\) found, numbers \(3, 2\) expected"),
    ("segments", [[0, 4], [2, 6], [1]], "segments: list of uneven or odd parts found"),
    ("segments", [], r"segments: shape \(0,\) found, numbers \(3, 2\) expected"),
    ("segments", None, "segments: None found, numbers"),
    ("segments", [[0, 4], [2, NAN], [1, 3]], "segments: 1 of 6 values NaN or infinite found"),
    ("segments", [[0, 4], [2, 1], [1, 3]], r"segments\[1\]: \[2.0, 1.0\] found, an end after"),
    ("segments", [["0", "4"]] * 3, "segments: list of <U1 found, numbers"),
    ("segments", np.array([[0, 4]] * 3, dtype=object), "segments: ndarray of object found"),
    ("labels", [0, 1], r"labels: shape \(2,\) found, numbers \(3,\) expected"),
    ("labels", [0.0, 0.5, 1.0], r"labels\[1\]: 0.5 found, a class, a whole number from 0 on"),
    ("labels", [0, -1, 1], r"labels\[1\]: -1 found, a class"),
    ("labels", [0, 2**40, 1], r"labels\[1\]: 1099511627776 found, a class"),
    ("labels", ["bark"] * 3, "labels: list of <U4 found, numbers"),
    ("labels", 3, r"labels: 3 found, numbers \(3,\) expected"),
]
SCORES = [
    ("scores", [0.9, 0.8], r"scores: shape \(2,\) found, numbers \(3,\) expected"),
    ("scores", [0.9, 0.8, 0.7, 0.6], r"scores: shape \(4,\) found, numbers \(3,\) expected"),
    ("scores", [0.9, NAN, 0.7], "scores: 1 of 3 values NaN or infinite found"),
    ("scores", [0.9, None, 0.7], "scores: list of object found, numbers"),
    ("scores", [[0.9], [0.8], [0.7]], r"scores: shape \(3, 1\) found"),
]


@pytest.mark.parametrize(("name", "value", "text"), BOTH)
def test_ground_truth(name, value, text):
    with told(rf"detection_map\.ground_truth\.{text}"):
        detection_map(events(GroundTruth, **{name: value}), events(Predictions), [0.5])


@pytest.mark.parametrize(("name", "value", "text"), BOTH + SCORES)
def test_predictions(name, value, text):
    with told(rf"detection_map\.predictions\.{text}"):
        detection_map(events(GroundTruth), events(Predictions, **{name: value}), [0.5])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0.5, r"0.5 found, numbers \(X,\) expected"),
        ([[0.5]], r"shape \(1, 1\) found"),
        ([], "thresholds above 0, up to 1 expected"),
        ([0.0], "thresholds above 0, up to 1 expected"),
        ([0.5, NAN], "thresholds above 0, up to 1 expected"),
        (["0.5"], "list of <U3 found, numbers"),
        ("0.5", "'0.5' found, numbers"),
        (None, "None found, numbers"),
    ],
)
def test_thresholds(given, text):
    with told(rf"detection_map\.tiou_thresholds: .*{text}"):
        detection_map(events(GroundTruth), events(Predictions), given)


def test_what_is_no_table_of_events():
    with told("detection_map.ground_truth: dict found, a GroundTruth expected"):
        detection_map({}, events(Predictions), [0.5])
    with told("detection_map.predictions: GroundTruth found, a Predictions expected"):
        detection_map(events(GroundTruth), events(GroundTruth), [0.5])


def test_a_map_of_odd_types_is_that_of_plain_ones():
    predictions = events(Predictions)
    # By hand: of each class all are found, best first.
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
