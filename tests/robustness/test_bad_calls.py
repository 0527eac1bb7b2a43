"""Arguments of the Python calls: what is wrong with them is told, and what is odd is right."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

from loco_mm.apis import inference, init_model
from loco_mm.errors import InputError
from loco_mm.evaluation import detection_map
from loco_mm.ops import soft_nms
from loco_mm.structures import GroundTruth, Predictions, TemporalGrid

NAN, INF = float("nan"), float("inf")
GRID = dict(fps=16, num_frames=16, stride=4)


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


@pytest.fixture
def cfg(small_model):
    return Config(dict(model=small_model, default_scope="mmaction"))


def features(**changes):
    rng = np.random.default_rng(0)
    return (
        dict(visual=rng.normal(size=(60, 12)), audio=rng.normal(size=(60, 8)), grid=GRID) | changes
    )


def with_value(array, value):
    array = np.array(array)
    array[3, 2] = value
    return array


WIDE = np.zeros((60, 13))
INFERENCE = [
    ("visual", WIDE, "visual features have 13 channels, 12 expected by model.encoder.visual_dim"),
    ("audio", np.zeros((60, 9)), "audio features have 9 channels, 8 expected"),
    ("visual", WIDE[:, :12].astype(object), "visual: ndarray of object found, numbers"),
    ("visual", WIDE.astype(complex), "visual: ndarray of complex128 found, numbers"),
    ("visual", WIDE > 0, "visual: ndarray of bool found, numbers"),
    ("visual", None, r"visual: None found, numbers \(T, channels\) expected"),
    ("visual", "a.npy", "visual: 'a.npy' found, numbers"),
    ("visual", WIDE[0], r"visual: shape \(13,\) found"),
    ("visual", WIDE[:0], r"visual: shape \(0, 13\) found, at least one step expected"),
    ("visual", WIDE[None], r"visual: shape \(1, 60, 13\) found"),
    ("audio", with_value(np.zeros((60, 8)), NAN), "audio: 1 of 480 values NaN or infinite found"),
    ("audio", with_value(np.zeros((60, 8)), -INF), "audio: 1 of 480 values NaN or infinite found"),
    ("audio", with_value(np.zeros((60, 8)), 1e39), "audio: 1 of 480 values NaN or infinite found"),
    ("audio", np.zeros((50, 8)), "two arrays .* of one length expected"),
    ("duration", NAN, "duration: nan found, seconds above 0 expected"),
    ("duration", -1, "duration: -1 found, seconds above 0 expected"),
    ("duration", "15", "duration: '15' found, seconds above 0 expected"),
    ("duration", 1e6, "60 steps found for .* expected by the grid"),
    ("grid", None, "grid is None, a dict expected"),
    ("grid", dict(fps=16), r"grid has \['fps'\], 'fps', 'num_frames', 'stride' expected"),
    ("grid", GRID | dict(fps=0), "grid.fps must be a positive number, got 0"),
    ("grid", GRID | dict(fps="16"), "grid.fps must be a positive number, got '16'"),
    ("video_id", 3, "video_id: 3 found, a text expected"),
]


@pytest.mark.parametrize(("name", "value", "text"), INFERENCE)
def test_inference(cfg, name, value, text):
    with told(text):
        inference(init_model(cfg), **features(**{name: value}))


def test_inference_by_what_is_no_model_or_still_trains(cfg):
    with told("inference.model: Linear found, a model of init_model expected"):
        inference(torch.nn.Linear(1, 1), **features())
    with told("inference.model: training mode found, evaluation mode, by model.eval"):
        inference(init_model(cfg).train(), **features())


@pytest.mark.parametrize("tower", ["cls_tower", "reg_tower"])
def test_predictions_that_are_no_numbers_are_not_taken_for_silence(cfg, tower):
    model = init_model(cfg)
    getattr(model.head, tower).output.bias.data.fill_(NAN)
    with told("video v: the model's predictions are NaN: its features may be too large"):
        inference(model, **features(video_id="v"))


def test_inference_of_odd_types_is_that_of_plain_ones(cfg):
    torch.manual_seed(0)
    model = init_model(cfg)
    torch.nn.init.zeros_(model.head.cls_tower.output.bias)
    plain = features()
    plain |= {name: plain[name].astype(np.float32) for name in ("visual", "audio")}
    wanted = inference(model, **plain).pred_instances
    assert len(wanted) > 5
    read_only = plain["audio"].copy()
    read_only.flags.writeable = False
    for odd in (
        dict(visual=plain["visual"].astype(">f4"), audio=plain["audio"].astype(">f8")),
        dict(visual=plain["visual"].tolist(), audio=torch.tensor(plain["audio"])),
        dict(visual=torch.tensor(plain["visual"], requires_grad=True), audio=read_only),
        dict(audio=np.asfortranarray(plain["audio"]), grid=TemporalGrid(**GRID)),
        dict(duration=np.float32(15.75)),
    ):
        found = inference(model, **(plain | odd)).pred_instances
        assert torch.equal(found.segments, wanted.segments)
        assert torch.equal(found.scores, wanted.scores)


@pytest.mark.parametrize(
    ("device", "text"),
    [
        ("gpu", "device: 'gpu' .* found, a device that is there"),
        ("cuda:99", "device: 'cuda:99' .* found"),
        ("meta", "device: 'meta' .* found"),
        (None, "device: None .* found"),
        (3.5, "device: 3.5 .* found"),
    ],
)
def test_devices(cfg, device, text):
    with told(rf"init_model\.{text}"):
        init_model(cfg, device=device)


def test_models_that_cannot_be_made(cfg, tmp_path):
    with told("init_model.config: dict found, a file or a Config expected"):
        init_model(dict(cfg))
    with told(r"gone\.py"):
        init_model(tmp_path / "gone.py")
    with told("it has no model"):
        init_model(Config(dict(default_scope="mmaction")))
    with told("init_model.checkpoint: int found, a file expected"):
        init_model(cfg, 3)
    for key, value, text in (
        ("type", "AVLocaliser", "type AVLocaliser is not in the"),
        ("max_len", "x", "max_len: 'x' found"),
        ("width", 3, "AVLocalizer has no key 'width'"),
    ):
        bad = Config(dict(model={**cfg.model, key: value}))
        with told(text):
            init_model(bad)
