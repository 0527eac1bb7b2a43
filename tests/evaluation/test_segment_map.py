"""The runner's metric, and prediction files."""

import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from loco_mm.apis import evaluate_files
from loco_mm.errors import InputError
from loco_mm.evaluation import DumpPredictions, SegmentMAP, read_predictions
from loco_mm.fileio import write_json
from loco_mm.structures import Events, TemporalGrid, build_sample

CLASSES = ("bark", "rain")


def sample(video_id, truth, predictions):
    gt = Events(
        np.array([t[0] for t in truth], np.float32).reshape(-1, 2),
        np.array([t[1] for t in truth], np.int64),
    )
    data = build_sample(video_id, 40.0, TemporalGrid(16, 16, 4), in_seconds=gt)
    data.pred_instances = InstanceData(
        segments=torch.tensor([p[0] for p in predictions]).reshape(-1, 2),
        labels=torch.tensor([p[1] for p in predictions], dtype=torch.long),
        scores=torch.tensor([p[2] for p in predictions]),
    )
    return data


def random_samples(count=8):
    rng = np.random.default_rng(0)

    def events(number):
        start = rng.uniform(0, 20, number).round(3)
        end = (start + rng.uniform(0.5, 9, number)).round(3)
        return [
            ([float(s), float(e)], int(rng.integers(2))) for s, e in zip(start, end, strict=True)
        ]

    return [
        sample(f"v{i}", events(3), [(*event, float(rng.uniform())) for event in events(12)])
        for i in range(count)
    ]


def evaluate(samples, meta=None, dump=None, **settings):
    metrics = [SegmentMAP(**settings)]
    if dump is not None:
        metrics.append(DumpPredictions(str(dump)))
    evaluator = Evaluator(metrics)
    evaluator.dataset_meta = dict(classes=CLASSES) | (meta or {})
    for start in range(0, len(samples), 3):
        evaluator.process(samples[start : start + 3])
    return evaluator.evaluate(len(samples))


def test_skipped_videos_count_as_videos_without_predictions(tmp_path):
    """Of four events of one class, the three that were seen are found: an mAP of 3/4, not 1."""
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
    # Class 0 is found up to IoU 0.75, class 1 never.
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


def test_thresholds_and_prefix_are_settings():
    figures = evaluate(random_samples(), tiou_thresholds=[0.5, 0.75], prefix="mine")
    assert list(figures) == ["mine/mAP", "mine/mAP@0.5", "mine/mAP@0.75"]
    meta = dict(dataset_type="ours")
    assert next(iter(evaluate(random_samples(), meta))) == "ours/mAP"
    assert next(iter(evaluate(random_samples(), meta, prefix="mine"))) == "mine/mAP"


def annotate(path, samples, subset="test"):
    database = {
        s.video_id: dict(
            duration=40.0,
            subset=subset,
            annotations=[
                dict(segment=[round(x, 3) for x in seg], label=CLASSES[k], label_id=int(k))
                for seg, k in zip(s.gt_segments_sec.tolist(), s.gt_labels, strict=True)
            ],
        )
        for s in samples
    }
    path.write_text(json.dumps(dict(database=database)))
    return path


def test_a_dump_evaluates_to_the_same_figures(tmp_path):
    samples = random_samples()
    figures = evaluate(samples, dump=tmp_path / "sub" / "p.json")
    annotations = annotate(tmp_path / "a.json", samples)
    again = evaluate_files(tmp_path / "sub" / "p.json", annotations, "test")
    assert again.figures.average_mAP == pytest.approx(figures["unav100/mAP"], abs=1e-6)
    for tiou, value in zip(again.figures.tiou, again.figures.mAP, strict=True):
        assert value == pytest.approx(figures[f"unav100/mAP@{tiou:g}"], abs=1e-6)
    dumped = json.loads((tmp_path / "sub" / "p.json").read_text())["results"]
    assert set(dumped) == {s.video_id for s in samples}
    assert set(dumped["v0"][0]) == {"segment", "label", "score"}
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["p.json"]


def test_videos_without_predictions_count_and_other_splits_do_not(tmp_path):
    samples = random_samples(2)
    annotations = annotate(tmp_path / "a.json", samples)
    database = json.loads(annotations.read_text())
    database["database"]["other"] = dict(duration=5, subset="train", annotations=[])
    annotations.write_text(json.dumps(database))
    entry = dict(segment=[0, 1], label="bark", score=0.5)
    write_json(tmp_path / "p.json", dict(results=dict(v0=[], other=[entry])))
    found = evaluate_files(tmp_path / "p.json", annotations, "test")
    assert found.figures.average_mAP == 0
    assert (found.num_videos, found.num_events) == (2, 6)
    assert (found.num_predictions, found.num_left_out) == (0, 1)


def test_labels_may_be_given_by_number(tmp_path):
    entry = dict(segment=[0, 1], label_id=1, score=0.5)
    write_json(tmp_path / "p.json", dict(results=dict(a=[entry])))
    found = read_predictions(tmp_path / "p.json", CLASSES, {"a"})
    assert found["a"].labels.tolist() == [1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{}", "an object 'results' is expected"),
        ('{"results": {"b": []}}', "video 'b' found"),
        ('{"results": {"a": {}}}', "video 'a': dict found, a list"),
        ('{"results": {"a": [{"segment": [0, 1], "label": "bark"}]}}', "'score' expected"),
        ('{"results": {"a": [{"segment": [0], "label": "bark", "score": 1}]}}', "expected"),
        (
            '{"results": {"a": [{"segment": [0, NaN], "label": "bark", "score": 1}]}}',
            "finite numbers expected",
        ),
        (
            '{"results": {"a": [{"segment": [0, 1], "label": "wind", "score": 1}]}}',
            "label 'wind' found, one of the 2 classes",
        ),
        (
            '{"results": {"a": [{"segment": [0, 1], "label_id": 2, "score": 1}]}}',
            "label 2 found",
        ),
    ],
)
def test_bad_prediction_files_are_refused(tmp_path, content, message):
    path = tmp_path / "p.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as error:
        read_predictions(path, CLASSES, {"a"})
    assert str(path) in str(error.value)


def test_nothing_half_written_stays(tmp_path):
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", dict(a=1, b=object()))
    assert list(tmp_path.iterdir()) == []
