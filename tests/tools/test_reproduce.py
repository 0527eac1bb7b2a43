"""The paper's tables, row by row."""

import json
import re
import runpy

import numpy as np
import pytest

from loco_mm.apis import inference, load_config
from loco_mm.datasets.synthetic import make_segment_plan
from loco_mm.registry import MODELS

from ..comparing import ROOT, flat

TOOL = runpy.run_path(str(ROOT / "tools" / "reproduce.py"))


def cells(out, system):
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in out.splitlines()
        if line.startswith(f"| {system} ")
    ]


def test_table_two_has_every_system_once_for_each_setting(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "II", "--list")
    assert status == 0
    lines = [line for line in out.splitlines() if line.startswith("| ")]
    assert len(lines) == 1 + 25
    assert len(cells(out, "AVEL")) == len(cells(out, "LoCo")) == 4
    assert [row[1:3] for row in cells(out, "CACE")] == [["AVE", "fully"]]
    assert cells(out, "MPN")[0][3:5] == ["77.6, not said", "no public code"]
    systems = [re.match(r"\| (\w+)", line)[1] for line in lines[1:]]
    assert systems[:8] == ["AVEL", "CMRA", "MPN", "PSP", "CPSP", "LESP", "CACE", "LoCo"]


def test_figures_of_several_seeds():
    rows = [row for row in TOOL["rows_of"]("II") if row.name == "psp_ave_fully"]
    runs = [
        dict(accuracy=a, background_recall=r) for a, r in [(0.7, 0.5), (0.72, 0.5), (0.74, 0.8)]
    ]
    table = TOOL["shown"](rows, {"psp_ave_fully": runs})
    shown = ["PSP", "AVE", "fully", "77.8, test", "72.0 ± 2.0 (3)", "60.0 ± 17.3"]
    assert cells(table, "PSP") == [shown]
    table = TOOL["shown"](rows, {"psp_ave_fully": runs[:1]})
    assert cells(table, "PSP")[0][4:6] == ["70.0 (1)", "50.0"]
    table = TOOL["shown"](rows, {"psp_ave_fully": "failed: no data"})
    assert cells(table, "PSP")[0][4] == "failed: no data"


def test_an_unknown_row_is_told(run_tool):
    status, _, error = run_tool("reproduce.py", "--table", "II", "--only", "psp")
    assert status == 2
    assert error.startswith("error: --only: psp found, some of avel_ave_fully, cmran_ave_fully, ")


def test_a_plan_has_its_own_rows_and_options(run_tool, tmp_path):
    plan = tmp_path / "plan.py"
    plan.write_text(
        "small = {'model.dim': 64}\n"
        "config = 'configs/loco_ave_fully.py'\n"
        "row = dict(system='A', dataset='d', supervision='weakly', config=config)\n"
        "rows = [dict(name='a', **row, options=small), dict(name='b', published='70.1', **row)]\n"
    )
    status, out, _ = run_tool("reproduce.py", "--table", plan, "--list")
    assert status == 0
    assert [row[3] for row in cells(out, "A")] == ["", "70.1"]
    assert [row.options for row in TOOL["rows_of"](str(plan))] == [{"model.dim": 64}, {}]
    for text, message in (
        ("rows = [dict(name='a')]", f"{plan}: rows.0.config is missing"),
        ("row = []", f"{plan}: rows: None found, a list expected"),
        ("rows = [", f"config {plan}: cannot be read: SyntaxError"),
    ):
        plan.write_text(text)
        status, _, error = run_tool("reproduce.py", "--table", plan, "--list")
        assert status == 2
        assert message in error
    status, _, error = run_tool("reproduce.py", "--table", "III", "--list")
    assert status == 2
    assert "--table: III found, II or the file of a plan expected" in error


def test_options_of_shipped_plans_fit_their_configs():
    for plan in (ROOT / "tools" / "plans").glob("*.py"):
        rows = TOOL["rows_of"](str(plan))
        assert len({row.name for row in rows}) == len(rows) > 0
        for row in rows:
            config = load_config(str(row.config), row.options)
            model = MODELS.build(config.model).eval()
            data = config.test_dataloader.dataset
            # Of the one cell that the plan's world has.
            cells = (1, 1) if data.features == "map" else ()
            visual, audio = (
                np.zeros((10, *shape), np.float32)
                for shape in ((*cells, data.visual_dim), (data.audio_dim,))
            )
            assert inference(model, visual, audio).pred_segment_labels.shape == (10,)


@pytest.mark.run
def test_rows_are_trained_and_tested_once(tmp_path, run_tool, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    files = dict(num_videos=[6, 3, 5], num_noisy=2, widths=[6, 4], cells=7, layout="ave")
    make_segment_plan(dict(num_classes=28), files).write(tmp_path / "ave")
    widths = dict(visual_dim=6, audio_dim=4)
    loader = dict(batch_size=3, num_workers=0, persistent_workers=False, dataset=widths)
    options = dict(
        data_root=str(tmp_path / "ave"),
        train_cfg=dict(max_epochs=2, val_interval=1),
        model=dict(encoder=widths),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
    )
    given = [f"{key}={value}" for key, value in flat(options).items()]
    common = ("--table", "II", "--work-dir", tmp_path / "work", "--seeds", "3")
    names = ("--only", "avel_ave_weakly", "MPN", "cpsp_vggsound-avel100k_fully")
    arguments = (*common, *names, "--cfg-options", *given)
    status, out, error = run_tool("reproduce.py", *arguments)
    assert status == 2
    assert "1 of 2 rows failed: cpsp_vggsound-avel100k_fully" in error
    assert re.fullmatch(r"[\d.]+ \(1\)", cells(out, "AVEL")[0][4])
    assert cells(out, "CPSP")[0][4].startswith("failed: ")
    assert {row[4] for row in cells(out, "MPN")} == {"no public code"}
    (file,) = (tmp_path / "work").glob("avel_ave_weakly/seed3/figures.json")
    found = json.loads(file.read_text())
    assert 0 <= found["figures"]["accuracy"] <= 1
    found["figures"]["accuracy"] = 0.125
    file.write_text(json.dumps(found))
    once = *common, "--only", "avel_ave_weakly", "--cfg-options", *given
    _, again, _ = run_tool("reproduce.py", *once)
    assert cells(again, "AVEL")[0][4] == "12.5 (1)"
    assert (tmp_path / "work" / "table.md").read_text().strip() in again
    _, other, _ = run_tool("reproduce.py", *common, "--only", "avel_ave_weakly")
    assert "of a run with the options data_root=" in cells(other, "AVEL")[0][4]
