"""The tools as a user runs them, with good and with bad input."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from .test_bad_input import annotations_of, refuse

ROOT = Path(__file__).resolve().parents[2]


def test_train_test_dump_evaluate_and_draw(tiny_config, tiny_world, run_tool, tmp_path):
    work = tmp_path / "work"
    status, _, error = run_tool("train.py", tiny_config, "--work-dir", work)
    assert status == 0, error
    assert (work / "epoch_2.pth").is_file()
    assert len(list(work.glob("best_synthetic_mAP_epoch_*.pth"))) == 1
    assert list(work.rglob("events.out.tfevents*"))

    dump = tmp_path / "predictions.json"
    status, out, error = run_tool(
        "test.py", tiny_config, work / "epoch_2.pth", "--work-dir", work, "--dump", dump
    )
    assert status == 0, error
    assert "mAP (%)" in out
    own = [
        json.loads(path.read_text())
        for path in work.rglob("20*.json")
        if path.parent.name.startswith("20")
    ]
    own = [figures for figures in own if "synthetic/mAP" in figures]
    assert len(own) == 1

    figures = tmp_path / "figures.json"
    annotations = annotations_of(tiny_world)
    status, out, _ = run_tool(
        "evaluate.py", dump, annotations, "--subset", "test", "--out", figures
    )
    assert status == 0
    written = json.loads(figures.read_text())
    assert set(written) == {"tiou", "mAP", "average_mAP"}
    assert written["tiou"] == pytest.approx([0.1 * k for k in range(1, 10)])
    assert len(written["mAP"]) == 9
    assert written["average_mAP"] == pytest.approx(own[0]["synthetic/mAP"], abs=1e-6)
    assert "5 videos" in out

    status, out, _ = run_tool(
        "analysis/plot_timelines.py", dump, annotations, "--num", 2, "--out-dir", tmp_path / "png"
    )
    assert status == 0
    assert len(list((tmp_path / "png").glob("*.png"))) == 2


def test_outputs_that_would_replace_inputs_or_devices_are_refused(
    tiny_config, tiny_world, run_tool, tmp_path
):
    world = shutil.copytree(tiny_world, tmp_path / "world")
    predictions = tmp_path / "p.json"
    predictions.write_text('{"results": {}}')
    inputs = predictions, annotations_of(world)
    before = [path.read_bytes() for path in inputs]
    (tmp_path / "link").symlink_to(annotations_of(world))
    for out, text in (
        (predictions, "would replace the input"),
        (tmp_path / "link", "would replace the input"),
        ("/dev/full", "expected a file, got a device, pipe or socket"),
        (tmp_path, "expected a file, got a folder"),
    ):
        refuse(run_tool("evaluate.py", *inputs, "--out", out), str(out), text)
    checkpoint = tmp_path / "c.pth"
    checkpoint.write_text("x")
    for out in (tiny_config, checkpoint, annotations_of(tiny_world), "/dev/null"):
        result = run_tool("test.py", tiny_config, checkpoint, "--dump", out)
        refuse(result, str(out), "would replace the input" if out != "/dev/null" else "a device")
    out = annotations_of(tiny_world)
    whole = out.read_bytes()
    refuse(run_tool("data/check_dataset.py", tiny_config, "--out", out), "would replace the input")
    assert out.read_bytes() == whole
    # Files in a folder, one of which was read.
    tasks = tmp_path / "tasks.json"
    arguments = annotations_of(world), tmp_path, "--to", "label-studio"
    assert run_tool("data/export_events.py", *arguments)[0] == 0
    whole = tasks.read_bytes()
    arguments = tasks, *arguments[1:]
    refuse(run_tool("data/export_events.py", *arguments), "tasks.json: would replace the input")
    assert tasks.read_bytes() == whole
    assert [path.read_bytes() for path in inputs] == before
    # Unchanged, with the same permissions.
    out = tmp_path / "figures.json"
    out.touch(0o600)
    assert run_tool("evaluate.py", *inputs, "--out", out)[0] == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert "average_mAP" in json.loads(out.read_text())


def test_the_figures_with_skipped_videos_are_those_of_the_whole_split(
    tiny_config, tiny_world, run_tool, tmp_path
):
    from loco_mm.apis import load_config
    from loco_mm.registry import MODELS

    world = shutil.copytree(tiny_world, tmp_path / "world")
    database = json.loads(annotations_of(world).read_text())["database"]
    first = next(name for name, video in database.items() if video["subset"] == "test")
    for path in world.glob(f"av_features/{first}*"):
        path.unlink()
    config = tmp_path / "skip.py"
    config.write_text(
        "_base_ = 'tiny.py'\n"
        "dataset = dict(_delete_=True, type='AVDataset', subset='test', test_mode=True,\n"
        f"    data_root={str(world)!r}, missing_features='skip',\n"
        "    features={{_base_.test_dataloader.dataset.features}},\n"
        "    pipeline={{_base_.test_dataloader.dataset.pipeline}})\n"
        "test_dataloader = dict(dataset=dataset)\n"
    )
    torch.manual_seed(0)
    model = MODELS.build(load_config(str(tiny_config)).model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / "m.pth")
    work, dump, figures = (tmp_path / name for name in ("w", "p.json", "f.json"))
    status, out, error = run_tool(
        "test.py", config, tmp_path / "m.pth", "--work-dir", work, "--dump", dump
    )
    assert status == 0, error
    assert "5 videos, 1 of them without features" in out
    run_tool("evaluate.py", dump, annotations_of(world), "--subset", "test", "--out", figures)
    own = json.loads(next(work.glob("20*/20*.json")).read_text())["unav100/mAP"]
    assert own == pytest.approx(json.loads(figures.read_text())["average_mAP"], abs=1e-6)


def test_amp_trains_in_bfloat16_on_a_cpu(tiny_config, run_tool, tmp_path):
    status, out, error = run_tool(
        "train.py", tiny_config, "--work-dir", tmp_path / "w", "--amp", "--no-validate",
        "--cfg-options", "train_cfg.max_epochs=1",
    )  # fmt: skip
    assert status == 0, error
    state = torch.load(tmp_path / "w" / "epoch_1.pth", weights_only=True)["state_dict"]
    assert all(torch.isfinite(value).all() for value in state.values())
    if not torch.cuda.is_available():
        assert "AutocastOptimWrapper" in (tmp_path / "w" / "tiny.py").read_text()


def test_complexity_prints_the_published_figures(run_tool):
    status, out, _ = run_tool(
        "analysis/complexity.py", ROOT / "configs" / "loco_unav100_onepeace.py"
    )
    assert status == 0
    assert "31.45 GMACs, 103.7 M parameters" in out


def test_benchmark_prints_each_part_beside_its_reference(run_tool):
    config = ROOT / "configs" / "loco_synthetic.py"
    status, out, error = run_tool("analysis/benchmark.py", config, "--repeats", "1")
    assert status == 0, error
    operators, _, *lines = (line for line in out.splitlines() if "  " in line or "forward" in line)
    counts = [int(n) for n in re.findall(r"\d+ (?=operators|backward|products)", operators)]
    assert min(counts[:2]) > 500 and 100 < counts[2] < sum(counts[:2])
    rows = {line[:66].strip(): (line[66:76], *line[124:].split()) for line in lines}
    assert len(rows) == 11
    for name, values in rows.items():
        part, reference, ratio = map(float, values)
        assert part > 0 and reference > 0, name
        # All three are rounded to two decimals.
        low, high = (reference - 0.01) / (part + 0.01), (reference + 0.01) / max(part - 0.01, 1e-9)
        assert low - 0.01 <= ratio <= high + 0.01, name
    long, whole = "LAC, 1 x 2048 steps, forward", "test of 16 videos, from files to mAP"
    assert float(rows[long][2]) > 2 and 0.2 < float(rows[whole][2]) < 1


def test_benchmark_of_a_device_prints_rows_until_the_time_is_up(run_tool):
    status, out, error = run_tool("analysis/benchmark.py", "--gpu", "--minutes", "0.26")
    assert status == 0, error
    title = "LoCo, batch size 2, float32"
    (row,) = (line[52:].split() for line in out.splitlines() if line.startswith(title))
    assert float(row[0]) > 0 and int(row[4]) > 1000
    rest = [line for line in out.splitlines() if "left out, as the time is up" in line]
    assert len(rest) > 15
    assert any(line.startswith("cacenet_ave_fully") for line in rest)


@pytest.mark.nightly
def test_complexity_prints_the_papers_table_within_a_thousandth(run_tool):
    status, out, _ = run_tool("analysis/complexity.py", "--table")
    assert status == 0
    rows = [line for line in out.splitlines() if line.startswith(("base", "LoCo", "UnAV"))]
    assert len(rows) == 6
    for row in rows:
        gmacs, paper_gmacs, params, paper_params = map(float, row.split()[-4:])
        assert gmacs == pytest.approx(paper_gmacs, rel=1e-3)
        assert params == pytest.approx(paper_params, rel=1e-3)
    status, *_ = run_tool("analysis/complexity.py")
    assert status == 2


@pytest.mark.run
@pytest.mark.parametrize("name", ["train.py", "test.py", "evaluate.py"])
def test_help_is_printed_before_anything_heavy_is_imported(name):
    command = [sys.executable, "-X", "importtime", str(ROOT / "tools" / name), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"usage: {name}")
    assert "argparse" in done.stderr
    assert not re.search(r"\| +(torch|numpy|mmengine)\b", done.stderr)


def test_make_synthetic_writes_once_and_refuses_to_overwrite(run_tool, tmp_path):
    out = tmp_path / "world"
    small = ["--out", out, "--num-videos", 3, 1, 1, "--widths", 4, 4]
    status, text, _ = run_tool("data/make_synthetic.py", *small, "--layout", "both")
    assert status == 0
    assert "wrote 27 files" in text
    assert len(list((out / "av_features").iterdir())) == 25
    status, text, _ = run_tool("data/make_synthetic.py", *small, "--layout", "both")
    assert status == 0
    assert "contains this world already" in text
    refuse(run_tool("data/make_synthetic.py", *small), "--overwrite")
    status, *_ = run_tool("data/make_synthetic.py", *small, "--overwrite")
    assert status == 0
    again = tmp_path / "again"
    status, *_ = run_tool(
        "data/make_synthetic.py", "--out", again, "--num-videos", 2, 1, 1, "--full-width",
        "--annotations", annotations_of(out),
    )  # fmt: skip
    assert status == 0
    widths = {np.load(path).shape[1] for path in (again / "av_features").iterdir()}
    assert widths == {1536}


@pytest.mark.run
def test_a_tool_runs_from_another_folder(tmp_path):
    result = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "evaluate.py"), "a.json", "b.json"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 2
    assert "b.json: no such file" in result.stderr


def test_a_config_is_kept_and_its_record_is_the_trainings(tiny_config, run_tool, tmp_path):
    work = tmp_path / "work"
    one = "train_cfg.max_epochs=1"
    assert run_tool("train.py", tiny_config, "--work-dir", work, "--cfg-options", one)[0] == 0
    record = (work / "tiny.py").read_text()
    assert Config.fromfile(work / "tiny.py").train_cfg.max_epochs == 1
    checkpoint = work / "epoch_1.pth"
    assert run_tool("test.py", tiny_config, checkpoint, "--work-dir", work)[0] == 0
    assert (work / "tiny.py").read_text() == record
    # The record of each run is next to its log.
    first, second = sorted(work.glob("*/tiny.py"))
    assert first.read_text() == record
    assert Config.fromfile(second).train_dataloader is None
    # The config is in the work dir itself.
    given = tiny_config.read_text()
    assert run_tool("train.py", tiny_config, "--work-dir", tmp_path, "--cfg-options", one)[0] == 0
    assert tiny_config.read_text() == given
