"""Paired comparison of the rows of a table."""

import json

import numpy as np
import pytest

from loco_mm.apis import load_config
from loco_mm.apis.reproduction import Finished, Record, Row, Run
from loco_mm.apis.reproduction.comparison import compare_rows, comparison_text
from loco_mm.fileio import read_annotations, write_predictions
from loco_mm.structures import Events
from loco_mm.worlds.synthetic import ANN_FILE

from ...comparing import ROOT


@pytest.fixture
def finished(tmp_path, tiny_world, tiny_options):
    """Runs of rows that shift the true events of each video by some seconds."""
    annotations = read_annotations(tiny_world / ANN_FILE)
    config = tmp_path / "tiny.py"
    text = load_config(ROOT / "configs" / "loco_synthetic.py", tiny_options).pretty_text
    config.write_text(text)
    found = {}

    def add(name, shifts, published, **settings):
        row = Row(name, config, name, "tiny", published=published, **settings)
        for seed, shift in shifts.items():
            run = Run(row, seed, tmp_path, (), tmp_path)
            run.folder.mkdir(parents=True)
            events = {
                video_id: Events(
                    video.events.segments + np.float32(shift),
                    video.events.labels,
                    np.ones(len(video.events), np.float32),
                )
                for video_id, video in annotations.of_subset("test").items()
            }
            write_predictions(run.folder / "p.json", events, annotations.classes)
            record = Record("", [], "", "", seed, figures={"mAP": 1.0}, predictions="p.json")
            found[run] = Finished(record)
        return row

    return found, add


def test_rows_are_compared_with_the_best_published_one(finished):
    found, add = finished
    rows = [
        add("worse", {0: 0.5, 1: 0.5}, {"mAP": 30.0}),
        add("best", {0: 0.0, 1: 0.25, 2: 0.0}, {"mAP": 50.0}),
        add("same", {1: 0.25, 5: 0.0}, {"mAP": 40.0}),
        add("alone", {7: 0.0}, {"mAP": 20.0}),
    ]
    compared = compare_rows(rows, found, draws=50)
    assert [(each.row.name, each.reference.name) for each in compared] == [
        ("worse", "best"),
        ("same", "best"),
    ]
    worse, same = compared
    assert len(worse.by_seed) == 2
    assert -1 < worse.by_seed[0] < worse.by_seed[1] < 0
    assert worse.result.difference == pytest.approx(np.mean(worse.by_seed))
    assert worse.result.low <= worse.result.difference <= worse.result.high < 0
    assert worse.result.p_value == 2 / 51
    # Only the seed that both have; and a tie is no difference.
    assert same.by_seed == [0.0]
    assert same.result == (0.0, 0.0, 0.0, 1.0)
    lines = comparison_text(compared).splitlines()
    assert lines[3] == "| same | best | +0.0 | +0.0 to +0.0 | 1.000 | +0.0 |"


def test_rows_of_other_settings_are_not_compared(finished):
    found, add = finished
    rows = [
        add("a", {0: 0.5}, {"mAP": 30.0}, features="x"),
        add("b", {0: 0.0}, {"mAP": 50.0}, features="x"),
        add("c", {0: 0.0}, {}, features="y"),
        add("d", {0: 0.5}, {}, features="y"),
    ]
    compared = compare_rows(rows, found, draws=2)
    pairs = [(each.row.name, each.reference.name) for each in compared]
    # Without published results, the last row is the reference.
    assert pairs == [("a", "b"), ("c", "d")]
    # In whichever order they are.
    mixed = compare_rows([rows[0], rows[2], rows[1], rows[3]], found, draws=2)
    assert [(each.row.name, each.reference.name) for each in mixed] == pairs
    assert json.dumps(compared[0].by_seed) != json.dumps(compared[1].by_seed)
    assert compared[1].result.difference > 0
