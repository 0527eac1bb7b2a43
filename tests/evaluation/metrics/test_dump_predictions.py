"""Writing predictions during an evaluation."""

import json

import pytest

from loco_mm.apis import evaluate_files

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
