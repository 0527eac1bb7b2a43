"""Writing predictions during an evaluation."""

import json

import numpy as np
import pytest

from loco_mm.apis import evaluate_files
from loco_mm.evaluation.metrics import DumpPredictions

from ...metric_samples import annotate, evaluate, random_samples


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


def test_each_task_has_its_own_file(tmp_path):
    """Videos of two tasks may have the same id, and labels other names."""
    found = dict(segments=np.array([[1.0, 2.0]]), labels=np.array([1]), scores=np.array([0.5]))
    samples = [dict(video_id="v0", task=task, pred_instances=found) for task in ("a", "b")]
    metric = DumpPredictions(str(tmp_path / "p.json"))
    of_tasks = dict(a=dict(classes=("dog", "car")), b=dict(classes=("walk", "run", "sit")))
    metric.dataset_meta = of_tasks["a"] | dict(tasks=of_tasks)
    metric.process(None, samples)
    metric.evaluate(2)
    for task, label in (("a", "car"), ("b", "run")):
        results = json.loads((tmp_path / f"p_{task}.json").read_text())["results"]
        assert results == {"v0": [dict(segment=[1.0, 2.0], label=label, score=0.5)]}
    assert {path.name for path in tmp_path.iterdir()} == {"p_a.json", "p_b.json"}
