"""The accuracy metric."""

import json

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.evaluation import DumpPredictions, SegmentAccuracy
from loco_mm.testing import make_segment_sample

from ...metric_samples import run_metrics


def sample(row, truth, found, video_id=None):
    data = make_segment_sample(truth, 2, seed=row)["data_samples"]
    data.pred_segment_labels = torch.tensor(found)
    data.pred_segment_scores = torch.linspace(0.1, 0.9, 3 * len(found)).view(-1, 3)
    if video_id is not None:
        data.set_metainfo(dict(video_id=video_id))
    return data


def evaluate(samples, meta=None, dump=None, **settings):
    metrics = [SegmentAccuracy(**settings)]
    if dump is not None:
        metrics.append(DumpPredictions(str(dump)))
    return run_metrics(metrics, samples, meta), metrics[0]


SAMPLES = [
    sample(0, [0, 0, 2, 2], [0, 1, 2, 0]),
    sample(1, [1, 1], [1, 1]),
    sample(2, [2, 0], [2, 2]),
]


def test_figures_by_hand():
    figures, metric = evaluate(SAMPLES)
    assert figures == {
        "ave/accuracy": 5 / 8,
        "ave/background_recall": 2 / 3,
        "ave/mean_class_accuracy": (1 / 3 + 1) / 2,
        "ave/true_class_everywhere": 5 / 8,
    }
    assert [f"ave/{name}" for name in metric.figure_names] == list(figures)


def test_classes_are_reported_by_name():
    figures, metric = evaluate(SAMPLES, classwise=True)
    assert figures["ave/accuracy/bark"] == pytest.approx(1 / 3)
    assert figures["ave/accuracy/rain"] == 1
    assert [f"ave/{name}" for name in metric.figure_names] == list(figures)
    # Classes without segments are omitted.
    figures, _ = evaluate([sample(0, [0, 0], [0, 0])], classwise=True)
    assert list(figures) == [
        "ave/accuracy",
        "ave/mean_class_accuracy",
        "ave/true_class_everywhere",
        "ave/accuracy/bark",
    ]


def test_the_prefix_is_the_data_set_s():
    meta = dict(dataset_type="vggsound-avel")
    assert next(iter(evaluate(SAMPLES, meta)[0])) == "vggsound-avel/accuracy"
    assert next(iter(evaluate(SAMPLES, meta, prefix="mine")[0])) == "mine/accuracy"


def test_a_repeated_video_counts_once_and_two_rows_of_one_video_twice():
    wanted, _ = evaluate(SAMPLES)
    assert evaluate([*SAMPLES, SAMPLES[1]])[0] == wanted
    again = sample(7, [1, 1], [0, 0], video_id="video1")
    assert evaluate([*SAMPLES, again])[0]["ave/accuracy"] == 5 / 10
    assert evaluate([])[0] == {}


def test_what_is_missing_or_too_much_is_reported():
    blind = sample(0, [0, 0], [0, 0])
    del blind.gt_segment_labels
    with pytest.raises(InputError, match="set dataset.test_mode=True"):
        evaluate([blind])
    with pytest.raises(
        InputError,
        match="video video0: expected 2 labels, one for each segment of the ground truth, got 3",
    ):
        evaluate([sample(0, [0, 0], [0, 0, 1])])


def test_runs_of_a_label_are_dumped_as_events(tmp_path):
    samples = [
        sample(0, [0] * 4, [0, 0, 2, 1]),
        sample(1, [0], [2]),
        sample(2, [0], [1], video_id="video1"),
    ]
    evaluate(samples, dump=tmp_path / "p.json")
    found = json.loads((tmp_path / "p.json").read_text())["results"]
    # Scores increase from 0.1 to 0.9, three per segment: 0.1 and 0.318 for bark, 0.827 for rain.
    assert found == {
        "video0": [
            dict(segment=[3.0, 4.0], label="rain", score=pytest.approx(0.827273)),
            dict(segment=[0.0, 2.0], label="bark", score=pytest.approx(0.209091)),
        ],
        "video1#1": [],
        "video1#2": [dict(segment=[0.0, 1.0], label="rain", score=pytest.approx(0.5))],
    }
