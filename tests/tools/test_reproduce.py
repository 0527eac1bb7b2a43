"""Tables, row by row."""

import json
import re
import runpy

import numpy as np
import pytest

from loco_mm.apis import inference, load_config
from loco_mm.apis.result_tables import read_rows
from loco_mm.registry import MODELS
from loco_mm.worlds.synthetic import make_segment_plan

from ..apis.test_result_tables import lines_of
from ..comparing import ROOT, flat


def test_a_table_is_listed(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "II", "--list")
    assert status == 0
    mpn = lines_of(out, "MPN")
    assert [line["accuracy"] for line in mpn] == ["77.6", "", "72.0", ""]
    assert {line["figures"] for line in mpn[1::2]} == {"no public code"}


def test_an_unknown_row_is_reported(run_tool):
    status, _, error = run_tool("reproduce.py", "--table", "II", "--only", "psp")
    assert status == 2
    assert error.startswith("error: --only: expected some of avel_ave_fully, cmran_ave_fully, ")
    assert error.endswith(", got psp\n")


def _of_model(options):
    own = {key: value for key, value in options.items() if key.startswith(("model.", "optim"))}
    return sorted(map(str, (own | {"model.max_len": None}).items()))


def test_options_of_shipped_plans_fit_their_configs():
    for plan in (ROOT / "tools" / "plans").glob("*.py"):
        rows = read_rows(str(plan), ROOT)
        assert len({row.name for row in rows}) == len(rows) > 0
        # Each model once, not for each dataset.
        models = {(row.config, *_of_model(row.options)): row for row in rows}
        for row in models.values():
            if not row.options:
                assert row.config.is_file()
                continue
            config = load_config(str(row.config), row.options)
            encoder, features = config.model.encoder, config.test_dataloader.dataset.features
            # The single cell of the plan's world.
            cells = (1, 1) if features == "map" else ()
            visual = np.zeros((10, *cells, encoder.visual_dim), np.float32)
            audio = np.zeros((10, encoder.audio_dim), np.float32)
            model = MODELS.build(config.model).eval()
            if row.supervision:
                assert inference(model, visual, audio).pred_segment_labels.shape == (10,)
            else:
                found = inference(model, visual, audio, grid=dict(fps=1, num_frames=1, stride=1))
                classes = set(range(config.model.head.num_classes))
                assert set(found.pred_instances.labels.tolist()) <= classes


def test_figures_are_those_of_the_first_task():
    tool = runpy.run_path(str(ROOT / "tools" / "reproduce.py"))
    tested = {"time": 1.0, "events/mAP": 0.4, "events/mAP@0.5": 0.6, "actions/mAP": 0.1}
    assert tool["first_figures"](tested) == {"mAP": 0.4, "mAP@0.5": 0.6}


@pytest.fixture
def plan(tmp_path):
    """Rows that start from each other, rows with missing data, and rows without code."""
    files = dict(num_videos=[6, 3, 5], num_noisy=2, widths=[6, 4], cells=7, layout="ave")
    make_segment_plan(dict(num_classes=28), files).write(tmp_path / "ave")
    widths = dict(visual_dim=6, audio_dim=4)
    dataset = dict(**widths, data_root=str(tmp_path / "ave"))
    loader = dict(batch_size=3, num_workers=0, persistent_workers=False, dataset=dataset)
    tiny = dict(
        train_cfg=dict(max_epochs=2, val_interval=1),
        model=dict(encoder=widths),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
    )
    tiny = flat(tiny)
    away = {"test_dataloader.dataset.data_root": str(tmp_path / "no")}
    config = "configs/avel/avel_ave_weakly.py"
    start = "work_dirs/first/epoch_2.pth"
    rows = [
        dict(name="first", config=config, options=tiny, published={"accuracy": 66.7}),
        dict(name="next", config=config, options={**tiny, "load_from": start}),
        dict(name="away", config=config, options=away),
        dict(name="none", config=None, published={"accuracy": 77.6}),
        dict(name="bad", config=config, options={**tiny, "model.dimm": 3}),
    ]
    rows = [dict(system=row["name"], dataset="AVE", supervision="weakly", **row) for row in rows]
    path = tmp_path / "plan.py"
    path.write_text(f"rows = {rows!r}")
    return path


@pytest.mark.run
def test_rows_are_trained_and_tested_once(plan, tmp_path, run_tool, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    work = tmp_path / "work"
    command = ("reproduce.py", "--table", plan, "--work-dir", work, "--seeds", "3")
    status, out, error = run_tool(*command, "--only", "next")
    assert status == 0, error
    missing = "not available: checkpoint work_dirs/first/epoch_2.pth: no such file"
    assert [line["figures"] for line in lines_of(out)] == [missing]

    status, out, error = run_tool(*command)
    assert status == 2
    assert error.endswith("error: 1 of 5 rows failed: bad\n")
    figures = [(line["system"], line["figures"].split(":")[0]) for line in lines_of(out)]
    assert figures == [
        ("first", "published"),
        ("first", "reproduced, selected on validation (1)"),
        ("next", "reproduced, selected on validation (1)"),
        ("away", "not available"),
        ("none", "published"),
        ("none", "no public code"),
        ("bad", "failed"),
    ]
    assert re.fullmatch(r"\d+\.\d", lines_of(out, "next")[0]["accuracy"])
    (log,) = (work / "next" / "seed3").glob("*/*.log")
    assert f"Load checkpoint from {work / 'first' / 'seed3' / 'epoch_2.pth'}" in log.read_text()

    done = work / "first" / "seed3" / "figures.json"
    found = json.loads(done.read_text())
    assert 0 <= found["figures"]["accuracy"] <= 1
    found["figures"]["accuracy"] = 0.125
    done.write_text(json.dumps(found))
    status, again, error = run_tool(*command, "--only", "first")
    assert status == 0, error
    assert [line["accuracy"] for line in lines_of(again)] == ["66.7", "12.5"]
    assert (work / "table.md").read_text().strip() in again
    status, other, _ = run_tool(
        *command, "--only", "first", "--cfg-options", "train_cfg.max_epochs=3"
    )
    assert status == 2
    assert f"first: failed: {done}: the run had the options " in other
    found["config"] = "of another config"
    done.write_text(json.dumps(found))
    _, changed, _ = run_tool(*command, "--only", "first")
    assert f"first: failed: {done}: " in changed
    assert "avel_ave_weakly.py has changed since the run: remove the folder" in changed
