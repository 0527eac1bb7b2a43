"""Evaluation of a prediction file."""

import json

import pytest

from loco_mm.apis import evaluate_files
from loco_mm.errors import InputError
from loco_mm.fileio import write_json

from ..metric_samples import annotate, random_samples


def test_videos_without_predictions_count_and_other_splits_do_not(tmp_path):
    samples = random_samples(2)
    annotations = annotate(tmp_path / "a.json", samples)
    database = json.loads(annotations.read_text())
    database["database"]["other"] = dict(duration=5, subset="train", annotations=[])
    annotations.write_text(json.dumps(database))
    entry = dict(segment=[0, 1], label="bark", score=0.5)
    write_json(tmp_path / "p.json", dict(results=dict(v0=[], other=[entry])))
    with pytest.warns(UserWarning, match="1 of 2 videos of subset 'test' have no entry, .* v1"):
        found = evaluate_files(tmp_path / "p.json", annotations, "test")
    assert found.figures.average_mAP == 0
    assert (found.num_videos, found.num_events) == (2, 6)
    assert (found.num_predictions, found.num_left_out) == (0, 1)


def test_a_split_without_events(tmp_path):
    video = dict(duration=20.0, subset="Test", annotations=[])
    write_json(tmp_path / "a.json", dict(database=dict(a=video), classes=["x"]))
    event = dict(label="x", score=0.9, segment=[1.0, 5.0])
    write_json(tmp_path / "p.json", dict(results=dict(a=[event])))
    with pytest.raises(InputError, match="no event in 1 video of subset 'test': there is"):
        evaluate_files(tmp_path / "p.json", tmp_path / "a.json", "TEST")
