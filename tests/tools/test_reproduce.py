"""The paper's tables, row by row."""

import json
import re
import runpy

import pytest

from loco_mm.datasets.synthetic import make_segment_plan

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
    assert cells(out, "MPN")[0][3:] == ["77.6, not said", "no public code"]
    systems = [re.match(r"\| (\w+)", line)[1] for line in lines[1:]]
    assert systems[:8] == ["AVEL", "CMRA", "MPN", "PSP", "CPSP", "LESP", "CACE", "LoCo"]


def test_figures_of_several_seeds():
    rows = [row for row in TOOL["rows_of"]("II") if row.name == "psp_ave_fully"]
    table = TOOL["shown"](rows, {"psp_ave_fully": [70.0, 72.0, 74.0]})
    assert cells(table, "PSP") == [["PSP", "AVE", "fully", "77.8, test", "72.0 ± 2.0 (3)"]]
    table = TOOL["shown"](rows, {"psp_ave_fully": "failed: no data"})
    assert cells(table, "PSP")[0][4] == "failed: no data"


def test_an_unknown_row_is_told(run_tool):
    status, _, error = run_tool("reproduce.py", "--table", "II", "--only", "psp")
    assert status == 2
    assert error.startswith("error: --only: psp found, some of avel_ave_fully, cmran_ave_fully, ")


@pytest.mark.slow
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
    (file,) = (tmp_path / "work").glob("avel_ave_weakly/seed3/accuracy.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | dict(accuracy=12.5)))
    _, again, _ = run_tool("reproduce.py", *arguments)
    assert cells(again, "AVEL")[0][4] == "12.5 (1)"
    assert (tmp_path / "work" / "table.md").read_text().strip() in again
    _, other, _ = run_tool("reproduce.py", *common, "--only", "avel_ave_weakly")
    assert "of a run with --cfg-options data_root=" in cells(other, "AVEL")[0][4]
