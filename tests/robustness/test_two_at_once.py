"""Two processes at the same place: both succeed, or the second is refused."""

import json
import os
import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.engine.checkpoints.runner import LOCK_FILE
from loco_mm.errors import InputError
from loco_mm.fileio import (
    describe_folder,
    read_annotations,
    read_predictions,
    write_json,
    write_predictions,
)
from loco_mm.registry import MODELS
from loco_mm.structures import Events
from loco_mm.worlds.synthetic import make_plan
from loco_mm.worlds.synthetic import plan as synthetic_plan

from ..comparing import ROOT
from ..fileio.test_feature_folder import DESCRIPTION
from ..tools.test_bad_input import annotations_of, refuse
from .runs import assert_same, outcome, tiny_cfg, train

TWO = "two trainings cannot share a folder"


def content(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_second_training_is_reported_and_changes_nothing(tiny_config, run_tool, tmp_path, hold):
    work = tmp_path / "w"
    one = "--cfg-options", "train_cfg.max_epochs=1"
    assert run_tool("train.py", tiny_config, "--work-dir", work, *one)[0] == 0
    assert not (work / LOCK_FILE).exists()
    process = hold(work / LOCK_FILE)
    before = content(work)
    for arguments in ([], ["--resume"]):
        result = run_tool("train.py", tiny_config, "--work-dir", work, *arguments)
        refuse(result, f"{work}: another process is using this folder", TWO)
    after = content(work)
    assert {path: after[path] for path in before} == before
    # A test of the same run, and a training elsewhere, are allowed.
    assert run_tool("test.py", tiny_config, work / "epoch_1.pth", "--work-dir", work)[0] == 0
    process.kill()
    assert (work / LOCK_FILE).exists()
    assert run_tool("train.py", tiny_config, "--work-dir", work, "--resume")[0] == 0
    assert not (work / LOCK_FILE).exists()


def test_work_dirs_of_one_name_share_no_folder_of_checkpoints(
    tiny_config, run_tool, tmp_path, hold
):
    hold(tmp_path / "out" / "w" / LOCK_FILE)
    option = f"default_hooks.checkpoint.out_dir={tmp_path / 'out'}"
    arguments = "--work-dir", tmp_path / "other" / "w", "--cfg-options", option
    result = run_tool("train.py", tiny_config, *arguments)
    folder = tmp_path / "out" / "w"
    refuse(result, f"default_hooks.checkpoint.out_dir {folder}: another process", TWO)
    assert not (tmp_path / "other" / "w" / LOCK_FILE).exists()


def test_a_training_that_fails_holds_nothing(tiny_options, tmp_path):
    bad = {"optim_wrapper.optimizer.lr": 1e30}
    cfg = tiny_cfg(tiny_options, tmp_path / "run", **bad)
    cfg.param_scheduler = None
    cfg.optim_wrapper.pop("clip_grad", None)
    for _ in range(2):
        with pytest.raises(InputError, match="NaN or infinite"):
            train(cfg)
        assert not (tmp_path / "run" / LOCK_FILE).exists()


def test_runs_that_start_in_one_second_have_folders_of_their_own(
    tiny_config, run_tool, tmp_path, monkeypatch
):
    torch.save(MODELS.build(load_config(str(tiny_config)).model).state_dict(), tmp_path / "c.pth")
    start = time.time()
    monkeypatch.setattr("mmengine.runner.runner.time.time", lambda: start)
    arguments = tiny_config, tmp_path / "c.pth", "--work-dir", tmp_path / "w"
    for count in (1, 2, 3):
        assert run_tool("test.py", *arguments)[0] == 0
        assert len(list((tmp_path / "w").iterdir())) == count
    assert len(list((tmp_path / "w").glob("*/*.json"))) == 3


@pytest.mark.nightly
def test_of_two_real_trainings_one_ends_as_if_alone(tiny_config, run_tool, tmp_path):
    command = [sys.executable, str(ROOT / "tools" / "train.py"), str(tiny_config), "--work-dir"]

    def start(folder, *arguments):
        return subprocess.Popen(
            [*command, str(folder), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())},
        )

    assert run_tool("train.py", tiny_config, "--work-dir", tmp_path / "alone")[0] == 0
    both = [start(tmp_path / "both") for _ in range(2)]
    errors = {process.wait(120): process.stderr.read() for process in both}
    assert sorted(errors) == [0, 2]
    assert re.search(rf"error: \S*both: another process .*{TWO}", errors[2])
    assert_same(outcome(tmp_path / "both"), outcome(tmp_path / "alone"))


@pytest.mark.nightly
def test_two_worlds_written_into_one_folder_are_one_of_them_whole(tmp_path):
    def command(folder, seed):
        arguments = "--num-videos", 40, 5, 5, "--widths", 4, 4, "--seed", seed, "--overwrite"
        tool = ROOT / "tools" / "data" / "make_synthetic.py"
        return [sys.executable, *map(str, (tool, "--out", folder, *arguments))]

    def files(folder):
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    alone = []
    for seed in (0, 1, 2):
        subprocess.run(command(tmp_path / str(seed), seed), check=True, stdout=subprocess.DEVNULL)
        alone.append(files(tmp_path / str(seed)))
    both = tmp_path / "0"
    for _ in range(2):
        running = [
            subprocess.Popen(command(both, s), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
            for s in (1, 2)
        ]
        errors = [process.communicate()[1].decode() for process in running]
        assert all(p.returncode in (0, 2) for p in running), errors
        assert any(p.returncode == 0 for p in running), errors
        assert files(both) in alone[1:]
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["0", "1", "2"]


def test_a_world_is_put_in_place_by_one_process_at_a_time(tmp_path, monkeypatch):
    files = dict(num_videos=[2, 1, 1], widths=[4, 4])
    lock = tmp_path / ".world.lock"
    seen = []
    real = synthetic_plan.put_in_place

    def put_in_place(*arguments):
        seen.append(lock.exists())
        real(*arguments)

    monkeypatch.setattr(synthetic_plan, "put_in_place", put_in_place)
    for seed in (0, 1):
        make_plan(dict(num_classes=2, seed=seed), files).write(tmp_path / "world", overwrite=True)
    assert seen == [True, True]
    assert not lock.exists()


def test_predictions_that_are_being_written_are_the_old_or_the_new(tiny_world, tmp_path):
    annotations = read_annotations(annotations_of(tiny_world))
    path, name = tmp_path / "p.json", next(iter(annotations.videos))

    def write(count):
        segments = np.tile(np.array([[0.0, 1.0]]), (count, 1))
        events = Events(segments, np.zeros(count, np.int64), np.ones(count))
        write_predictions(path, {name: events}, annotations.classes)

    write(1000)
    stop = threading.Event()

    def rewrite():
        while not stop.is_set():
            write(1000)
            write(2000)

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        found = {len(read_predictions(path, annotations)[name]) for _ in range(60)}
    finally:
        stop.set()
        thread.join()
    assert found == {1000, 2000}


def test_predictions_that_another_program_is_writing_are_refused(tiny_world, run_tool, tmp_path):
    text = json.dumps(dict(results={}, version="x" * 50))
    for length in range(0, len(text), 7):
        (tmp_path / "p.json").write_text(text[:length])
        result = run_tool("evaluate.py", tmp_path / "p.json", annotations_of(tiny_world))
        refuse(result, "p.json: cannot be read as JSON")


def test_of_two_extractions_that_begin_at_once_the_second_is_reported(tmp_path, hold):
    """It waits for the other process, and then uses what that has written."""
    other = DESCRIPTION.model_copy(update=dict(settings=dict(model="b")))
    process = hold(tmp_path / ".describing.lock")
    messages = []

    def describe():
        try:
            describe_folder(tmp_path, DESCRIPTION)
        except InputError as error:
            messages.append(str(error))

    thread = threading.Thread(target=describe)
    thread.start()
    time.sleep(0.3)
    assert thread.is_alive() and not messages
    write_json(tmp_path / "features.json", other.model_dump(mode="json"))
    process.kill()
    thread.join(10)
    (text,) = messages
    assert "settings: expected {'model': 'a'}, got {'model': 'b'}" in text
