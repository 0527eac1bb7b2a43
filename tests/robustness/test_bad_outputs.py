"""Outputs that cannot be written are reported before the work starts."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.registry import MODELS

from ..tools.test_bad_input import annotations_of, refuse

LONG = "x" * 300

# Names below a folder with a file "file" and a folder "folder", and the expected message.
NO_FILES = [
    ("/proc/x/out", "cannot be written"),
    (f"{LONG}/out", "File name too long"),
    (f"new/{LONG}", "File name too long"),
    ("file/out", "Not a directory"),
    ("folder", "expected a file, got a folder"),
    ("new/", "expected the name of a file, got that of a folder"),
    ("", "no name of a file"),
]
NO_FOLDERS = [
    ("/proc/x", "cannot be written"),
    (LONG, "File name too long"),
    (f"new/{LONG}", "File name too long"),
    ("file", "expected a folder, got a file"),
    ("file/new", "Not a directory"),
    ("link", "expected a folder, got a broken link"),
    ("", "no name of a file or folder"),
]


class Started(BaseException):
    """The work has started; nothing may catch it."""


def start(*arguments, **options):
    raise Started


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder that names are relative to; no work may start."""
    folder = tmp_path / "place"
    (folder / "folder").mkdir(parents=True)
    (folder / "file").write_text("")
    (folder / "link").symlink_to("gone")
    monkeypatch.chdir(folder)
    for work in (
        "mmengine.runner.TestLoop.run",
        "mmengine.runner.EpochBasedTrainLoop.run_epoch",
        "loco_mm.apis.evaluate_files",
        "loco_mm.apis.timelines.draw_timeline",
        "loco_mm.worlds.synthetic.SyntheticWorld.features",
    ):
        monkeypatch.setattr(work, start)
    return folder


@pytest.fixture
def checkpoint(tiny_config, tmp_path) -> Path:
    path = tmp_path / "c.pth"
    model = MODELS.build(load_config(str(tiny_config)).model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture
def predictions(tmp_path) -> Path:
    path = tmp_path / "p.json"
    path.write_text('{"results": {}}')
    return path


def refused(result, name, text, place):
    """One line, and no files are left behind."""
    refuse(result, text, name)
    assert {p.name for p in place.iterdir()} <= {"folder", "file", "link", "w"}
    assert not list((place / "folder").iterdir())


@pytest.mark.parametrize(("name", "text"), NO_FILES)
def test_a_dump(name, text, tiny_config, checkpoint, run_tool, place):
    arguments = tiny_config, checkpoint, "--work-dir", place / "w", "--dump", name
    refused(run_tool("test.py", *arguments), name, text, place)
    assert not (place / "w").exists()


def test_a_dump_that_a_config_asks_for(tiny_config, checkpoint, run_tool, place):
    child = tiny_config.with_name("child.py")
    dump = "test_evaluator = [dict(type='DumpPredictions', out_file_path='file/out')]"
    child.write_text(f"_base_ = 'tiny.py'\n{dump}\n")
    result = run_tool("test.py", child, checkpoint, "--work-dir", place / "w")
    refused(result, "file/out", "Not a directory", place)


@pytest.mark.parametrize(("name", "text"), NO_FILES)
def test_figures(name, text, predictions, tiny_world, run_tool, place):
    arguments = predictions, annotations_of(tiny_world), "--out", name
    refused(run_tool("evaluate.py", *arguments), name, text, place)


@pytest.mark.parametrize(("name", "text"), NO_FOLDERS)
def test_pictures(name, text, predictions, tiny_world, run_tool, place):
    arguments = predictions, annotations_of(tiny_world), "--out-dir", name
    refused(run_tool("analysis/plot_timelines.py", *arguments), name, text, place)


@pytest.mark.parametrize(("name", "text"), NO_FOLDERS)
def test_work_dirs(name, text, tiny_config, checkpoint, run_tool, place):
    refused(run_tool("train.py", tiny_config, "--work-dir", name), name, text, place)
    refused(run_tool("test.py", tiny_config, checkpoint, "--work-dir", name), name, text, place)


@pytest.mark.parametrize("name", [name for name, _ in NO_FOLDERS[:5]])
def test_worlds(name, run_tool, place):
    arguments = "--out", name, "--num-videos", 2, 1, 1
    refused(run_tool("data/make_synthetic.py", *arguments), "", "", place)


@pytest.mark.parametrize(("name", "text"), NO_FOLDERS[:5])
def test_folders_of_checkpoints(name, text, tiny_config, run_tool, place):
    option = f"default_hooks.checkpoint.out_dir={name}"
    result = run_tool("train.py", tiny_config, "--work-dir", place / "w", "--cfg-options", option)
    if name == "file":
        text = "Not a directory"
    refused(result, f"default_hooks.checkpoint.out_dir {name}/w", text, place)


def test_a_full_disk(
    tiny_config, checkpoint, predictions, tiny_world, run_tool, place, monkeypatch
):
    def fsync(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    annotations = annotations_of(tiny_world)
    for tool, *arguments in (
        ("test.py", tiny_config, checkpoint, "--dump", "out.json"),
        ("test.py", tiny_config, checkpoint, "--work-dir", "out"),
        ("train.py", tiny_config, "--work-dir", "out"),
        ("evaluate.py", predictions, annotations, "--out", "out.json"),
        ("analysis/plot_timelines.py", predictions, annotations, "--out-dir", "out"),
        ("data/make_synthetic.py", "--out", "out", "--num-videos", 2, 1, 1),
    ):
        refused(run_tool(tool, *arguments), "", "No space left on device", place)


def test_a_disk_too_small_for_what_comes(tiny_config, run_tool, place, monkeypatch):
    usage = SimpleNamespace(free=10_000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    result = run_tool("train.py", tiny_config, "--work-dir", place / "w")
    refuse(result, f"{place / 'w'}: expected at least 0 MB free on the disk")
    result = run_tool("data/make_synthetic.py", "--out", "world", "--full-width")
    refuse(result, "MB free on the disk, got 0 MB")
    assert not (place / "world").exists()


def test_a_work_dir_whose_name_is_no_text(tiny_config, run_tool, place):
    result = run_tool("train.py", tiny_config, "--work-dir", "w\udcff")
    refuse(result, r"w\udcff: expected a work dir whose name is UTF-8")


def test_a_config_without_training_is_reported(tiny_config, run_tool, place):
    nothing = [f"{part}=None" for part in ("train_dataloader", "train_cfg", "optim_wrapper")]
    result = run_tool("train.py", tiny_config, "--cfg-options", *nothing)
    refuse(result, "no train_dataloader")


def test_a_config_without_a_test_is_reported(tiny_config, checkpoint, run_tool, place):
    nothing = [f"{part}=None" for part in ("test_dataloader", "test_cfg", "test_evaluator")]
    for dump in ([], ["--dump", "p.json"]):
        result = run_tool("test.py", tiny_config, checkpoint, *dump, "--cfg-options", *nothing)
        refuse(result, "no test_dataloader: nothing to test on")
