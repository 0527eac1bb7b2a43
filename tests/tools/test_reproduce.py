"""Tables, row by row."""

import json
import re
from itertools import takewhile

import numpy as np
import pytest

from loco_mm.apis import inference, load_config
from loco_mm.apis.reproduction import read_table
from loco_mm.registry import MODELS
from loco_mm.worlds.synthetic import make_segment_plan

from ..apis.reproduction.test_results import lines_of
from ..comparing import ROOT, flat


def test_a_table_is_listed(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "II", "--list")
    assert status == 0
    mpn = lines_of(out, "MPN")
    assert [line["accuracy"] for line in mpn] == ["77.6", "", "72.0", ""]
    assert {line["figures"] for line in mpn[1::2]} == {"no public code"}


def test_the_tables_are_listed(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "list")
    assert status == 0
    lines = out.splitlines()
    assert lines[2] == "III       4 rows  Parts of LoCo, ONE-PEACE features"
    assert lines[-1] == "Fig. 5    6 rows  Weight of LCF"


def test_a_table_on_a_world_is_listed(run_tool):
    status, out, _ = run_tool("reproduce.py", "--table", "VI", "--data", "minute", "--list")
    assert status == 0
    lines = lines_of(out)
    assert [line["mAP"] for line in lines] == ["53.5", "53.8", "54.9"]
    assert {(line["data"], line["figures"]) for line in lines} == {
        ("minute", "published (on UnAV-100, ONE-PEACE)")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--table", "IX"), "--table: expected one of I, II, III, "),
        (
            ("--table", "I", "--data", "long"),
            "--data: expected unav100, short, minute, timelines, ",
        ),
        (("--table", "II", "--data", "short"), "expected a 'World Config' in its metafile"),
        (("--table", "I", "--only", "loco", "--list"), "--only: expected some of vsgn_unav100_"),
    ],
)
def test_unknown_names_are_reported_with_the_known_ones(arguments, message, run_tool):
    status, _, error = run_tool("reproduce.py", *arguments)
    assert status == 2
    assert message in error


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
        rows = read_table(str(plan), ROOT).rows
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


@pytest.fixture
def plan(tmp_path):
    """A row, and rows with missing data, without code, and with a bad option."""
    files = dict(num_videos=[6, 3, 5], num_noisy=2, widths=[6, 4], cells=7, layout="ave")
    make_segment_plan(dict(num_classes=28), files).write(tmp_path / "ave")
    widths = dict(visual_dim=6, audio_dim=4)
    dataset = dict(**widths, data_root=str(tmp_path / "ave"))
    loader = dict(batch_size=3, num_workers=0, persistent_workers=False, dataset=dataset)
    tiny = flat(
        dict(
            train_cfg=dict(max_epochs=2, val_interval=1),
            model=dict(encoder=widths),
            train_dataloader=loader,
            val_dataloader=loader,
            test_dataloader=loader,
        )
    )
    away = {"test_dataloader.dataset.data_root": str(tmp_path / "no")}
    config = "configs/avel/avel_ave_weakly.py"
    rows = [
        dict(name="first", config=config, options=tiny, published={"accuracy": 66.7}),
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
    status, out, error = run_tool(*command)
    assert status == 2
    assert error.endswith("error: 1 of 4 rows failed: bad\n")
    assert re.search(r"^\[\d/3\] first, seed 3: accuracy \d+\.\d", out, re.M)
    assert re.search(r"^\[\d/3\] away, seed 3: not available: ", out, re.M)
    figures = [(line["system"], line["figures"].split(":")[0]) for line in lines_of(out)]
    assert figures == [
        ("first", "published"),
        ("first", "reproduced, selected on validation (1)"),
        ("away", "not available"),
        ("none", "published"),
        ("none", "no public code"),
        ("bad", "failed"),
    ]
    done = work / "first" / "seed3" / "run.json"
    found = json.loads(done.read_text())
    measured = found["figures"]["accuracy"]
    assert lines_of(out, "first")[1]["accuracy"] == f"{100 * measured:.1f}"
    assert set(json.loads((done.parent / "predictions.json").read_text())) >= {"results"}
    found["figures"]["accuracy"] = 0.125
    done.write_text(json.dumps(found))
    status, again, error = run_tool(*command, "--only", "first")
    assert status == 0, error
    assert [line["accuracy"] for line in lines_of(again)] == ["66.7", "12.5"]
    text = (work / "table_plan.md").read_text()
    assert table_of(text) in again
    # Other options are another run.
    status, other, _ = run_tool(
        *command, "--only", "first", "--cfg-options", "train_cfg.max_epochs=3"
    )
    assert status == 2
    assert f"first, seed 3: failed: run {done}: options: expected " in other


def table_of(text):
    """The first table of a file."""
    return "\n".join(takewhile(lambda line: line, text.splitlines()[2:]))


def test_a_part_of_the_runs_makes_no_table(plan, tmp_path, run_tool):
    work = tmp_path / "work"
    command = ("reproduce.py", "--table", plan, "--work-dir", work, "--only", "away", "none")
    status, out, error = run_tool(*command, "--shard", "1/2")
    assert status == 0, error
    assert "[1/1] away, seed 0: not available: " in out
    status, out, error = run_tool(*command, "--shard", "2/2")
    assert status == 0, error
    assert (out, list(work.glob("table_*"))) == ("", [])


def test_costs_are_counted(tmp_path, run_tool):
    command = ("reproduce.py", "--table", "VIII", "--data", "short", "--work-dir", tmp_path)
    status, out, error = run_tool(*command, "--only", "loco_synthetic", "loco_synthetic_base")
    assert status == 0, error
    lines = lines_of(out, "LoCo")
    assert [line["M Parameters"] for line in lines] == ["103.73", "1.01"]
    assert [line["figures"] for line in lines][1] == "counted"
    assert (tmp_path / "table_VIII.png").is_file()
