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


def table(out, system=""):
    """Lines of a table, or those of a system, by their columns."""
    lines = [line for line in out.splitlines() if line.startswith("| ")]
    heads, _, *rows = ([cell.strip() for cell in line[2:-2].split(" | ")] for line in lines)
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    return [row for row in found if row["system"] == system or not system]


def test_table_one_has_every_system_once_for_each_kind_of_features(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "I", "--list")
    assert status == 0
    found = {
        features: [row["system"] for row in table(out) if row["features"] == features]
        for features in ("I3D-VGGish", "ONE-PEACE")
    }
    wanted = ["VSGN", "TadTR", "ActionFormer", "TriDet"]
    wanted += ["UniAV(AT)", "UnAV", "UniAV(STF)", "LoCo"]
    assert found == {"I3D-VGGish": wanted, "ONE-PEACE": wanted[2:]}
    assert len(table(out)) == 14
    figures = [value for key, value in table(out, "LoCo")[1].items() if "mAP" in key]
    assert figures == ["58.5", "53.2", "46.7", "38.1", "26.8", "54.9"]


def test_table_two_has_every_system_once_for_each_setting(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "II", "--list")
    assert status == 0
    published = [row for row in table(out) if row["figures"].startswith("published")]
    assert len(published) == 25
    assert len(table(out, "AVEL")) == len(table(out, "LoCo")) == 4
    assert [(row["data"], row["supervision"]) for row in table(out, "CACE")] == [("AVE", "fully")]
    mpn = [(row["figures"], row["accuracy"]) for row in table(out, "MPN")]
    assert mpn[:2] == [("published (selected on: not said)", "77.6"), ("no public code", "")]
    systems = [row["system"] for row in published]
    assert systems[:8] == ["AVEL", "CMRA", "MPN", "PSP", "CPSP", "LESP", "CACE", "LoCo"]


def test_figures_of_several_seeds():
    Reached, rows = TOOL["Reached"], TOOL["rows_of"]("II")
    rows = [row for row in rows if row.name == "psp_ave_fully"]

    def shown(rows, **reached):
        return TOOL["shown"](rows, reached)

    runs = [
        dict(accuracy=a, background_recall=r) for a, r in [(0.7, 0.5), (0.72, 0.5), (0.74, 0.8)]
    ]
    published, here = table(shown(rows, psp_ave_fully=Reached(runs)))
    assert (published["figures"], published["accuracy"]) == (
        "published (selected on: test)",
        "77.8",
    )
    assert here["figures"] == "here, selected on validation (3)"
    assert (here["accuracy"], here["recall of background"]) == ("72.0 ± 2.0", "60.0 ± 17.3")
    _, here = table(shown(rows, psp_ave_fully=Reached(runs[:1])))
    assert (here["accuracy"], here["recall of background"]) == ("70.0", "50.0")
    _, here = table(shown(rows, psp_ave_fully=Reached(reason="failed: it ended")))
    assert here["figures"] == "failed: it ended"


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
        "told = {'accuracy': 70.1}\n"
        "rows = [dict(name='a', **row, options=small), dict(name='b', published=told, **row)]\n"
    )
    status, out, _ = run_tool("reproduce.py", "--table", plan, "--list")
    assert status == 0
    assert [row["accuracy"] for row in table(out, "A")] == ["", "70.1"]
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
    assert "--table: III found, I, II or the file of a plan expected" in error


def test_options_of_shipped_plans_fit_their_configs():
    for plan in (ROOT / "tools" / "plans").glob("*.py"):
        rows = TOOL["rows_of"](str(plan))
        assert len({row.name for row in rows}) == len(rows) > 0
        for row in rows:
            if not row.options:
                assert row.config.is_file()
                continue
            config = load_config(str(row.config), row.options)
            encoder, features = config.model.encoder, config.test_dataloader.dataset.features
            # Of the one cell that the plan's world has.
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
    assert status == 0, error
    published, here = table(out, "AVEL")
    assert re.fullmatch(r"\d+\.\d", here["accuracy"])
    assert published["accuracy"] == "66.7"
    assert table(out, "CPSP")[1]["figures"].startswith("not at hand: ")
    assert {row["figures"] for row in table(out, "MPN")[1::2]} == {"no public code"}
    (file,) = (tmp_path / "work").glob("avel_ave_weakly/seed3/figures.json")
    found = json.loads(file.read_text())
    assert 0 <= found["figures"]["accuracy"] <= 1
    found["figures"]["accuracy"] = 0.125
    file.write_text(json.dumps(found))
    once = *common, "--only", "avel_ave_weakly", "--cfg-options", *given
    _, again, _ = run_tool("reproduce.py", *once)
    assert table(again)[1]["accuracy"] == "12.5"
    assert (tmp_path / "work" / "table.md").read_text().strip() in again
    status, other, error = run_tool("reproduce.py", *common, "--only", "avel_ave_weakly")
    assert status == 2 and "1 of 1 rows failed: avel_ave_weakly" in error
    assert "of a run with the options data\\_root=" in other or "options data_root=" in other
