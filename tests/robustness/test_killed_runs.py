"""A run that is killed at any moment can be resumed, with the same result."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.optim import OptimWrapper

from loco_mm.engine import AtomicCheckpointHook
from loco_mm.errors import InputError
from loco_mm.features import extract_videos
from loco_mm.fileio import read_manifest

from ..media_files import write_flash
from ..tools.test_bad_input import refuse
from .runs import assert_same, change, outcome, tiny_cfg, train

LENGTH = 3


class Killed(BaseException):
    """Not an Exception, so that nothing but cleanup handles it; a real kill skips even that."""


class KillSwitch:
    """Stops a run at its n-th change of files: a rename or a removal."""

    def __init__(self, monkeypatch, folder, number):
        self.left = number
        for owner, name in ((os, "replace"), (Path, "unlink")):
            monkeypatch.setattr(owner, name, self.watch(getattr(owner, name), folder))

    def watch(self, function, folder):
        def watched(*arguments, **options):
            last = Path(arguments[-1])
            # Parts of a temporary file do not count: a kill leaves them behind.
            if folder in last.parents and last.suffix != ".tmp":
                function(*arguments, **options)
                self.step(f"{function.__name__} {last.name}")
            elif not (self.left == 0 and last.suffix == ".tmp"):
                function(*arguments, **options)

        return watched

    def step(self, name):
        if self.left == 0:
            return
        self.left -= 1
        if self.left == 0:
            raise Killed(name)


def test_a_run_killed_at_any_step_on_files_ends_as_one_that_was_not(
    tiny_options, tmp_path, monkeypatch
):
    few = {"train_cfg.max_epochs": 2, "default_hooks.checkpoint.max_keep_ckpts": 1}
    # Short trainings may not improve, so each epoch is set to be better than the previous one.
    real = AtomicCheckpointHook.after_val_epoch

    def after_val_epoch(self, runner, metrics):
        real(self, runner, metrics | {"synthetic/mAP": runner.epoch / 10})

    monkeypatch.setattr(AtomicCheckpointHook, "after_val_epoch", after_val_epoch)
    train(tiny_cfg(tiny_options, tmp_path / "whole", **few))
    whole = outcome(tmp_path / "whole")
    assert len(whole) == 5
    steps, number = [], 0
    while True:
        number += 1
        folder = tmp_path / f"killed{number}"
        cfg = tiny_cfg(tiny_options, folder, **few)
        with monkeypatch.context() as patch:
            KillSwitch(patch, folder, number)
            try:
                train(cfg)
                break
            except Killed as stop:
                steps.append(str(stop))
        # A kill during writing leaves such a file.
        (folder / ".1234.tmp").write_bytes(b"half")
        found = sorted(path.name for path in folder.glob("epoch*.pth"))
        assert all(torch.load(folder / name, weights_only=True) for name in found)
        train(cfg, resume=True if found else None)
        assert_same(outcome(folder), whole)
        assert not list(folder.glob(".*.tmp"))
    # Numbers of checkpoints, best checkpoints, and removals.
    expected = "replace epoch_1.pth", "unlink epoch_1.pth", "unlink best_synthetic_mAP_epoch_1.pth"
    assert {*expected, "replace best_synthetic_mAP_epoch_2.pth"} <= set(steps)
    assert len(steps) > 8


def test_a_run_that_forgets_its_optimizer_is_reported_apart(
    tiny_options, tmp_path, monkeypatch, whole
):
    cfg = tiny_cfg(tiny_options, tmp_path / "run")
    with monkeypatch.context() as patch:
        KillSwitch(patch, tmp_path / "run", 4)
        with pytest.raises(Killed):
            train(cfg)
    monkeypatch.setattr(OptimWrapper, "load_state_dict", lambda self, state: None)
    train(cfg, resume=True)
    with pytest.raises(AssertionError):
        assert_same(outcome(tmp_path / "run"), whole)


def test_a_kill_between_the_best_checkpoint_and_its_record_is_made_good(
    tiny_options, tmp_path, monkeypatch, whole
):
    """A case in which random kills left two best files."""
    cfg = tiny_cfg(tiny_options, tmp_path / "run")
    [best] = [name for name in whole if name.startswith("best_")]
    with monkeypatch.context() as patch:
        real = os.replace

        def replace(source, target):
            real(source, target)
            if Path(target).name == best:
                raise Killed

        patch.setattr(os, "replace", replace)
        with pytest.raises(Killed):
            train(cfg)
    train(cfg, resume=True)
    assert_same(outcome(tmp_path / "run"), whole)


def test_it_goes_on_from_the_newest_that_can_be_read_and_says_so(
    tiny_options, tmp_path, whole, capfd
):
    cfg = tiny_cfg(tiny_options, tmp_path / "run", **{"train_cfg.max_epochs": 2})
    train(cfg)
    folder = tmp_path / "run"
    data = (folder / "epoch_2.pth").read_bytes()
    (folder / "epoch_2.pth").write_bytes(data[: len(data) // 2])
    (folder / "last_checkpoint").write_text("")
    capfd.readouterr()
    cfg.train_cfg.max_epochs = LENGTH
    train(cfg, resume=True)
    log = "".join(capfd.readouterr())
    assert "skipped, cannot resume from it" in log
    assert "epoch_2.pth: damaged" in log
    assert "epoch_1.pth" in log
    assert_same(outcome(folder), whole)


def test_a_moved_folder_goes_on_by_itself(tiny_options, tmp_path, whole):
    cfg = tiny_cfg(tiny_options, tmp_path / "a", **{"train_cfg.max_epochs": 2})
    train(cfg)
    (tmp_path / "a").rename(tmp_path / "b")
    cfg.train_cfg.max_epochs, cfg.work_dir = LENGTH, str(tmp_path / "b")
    train(cfg, resume=True)
    assert not (tmp_path / "a").exists()
    assert_same(outcome(tmp_path / "b"), whole)


def test_a_mistyped_folder_is_reported_and_nothing_made(tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "mistyped")
    with pytest.raises(InputError, match="mistyped: no such folder: give the right --work-dir"):
        train(cfg, resume=True)
    assert not (tmp_path / "mistyped").exists()
    (tmp_path / "mistyped").mkdir()
    with pytest.raises(InputError, match="it holds no checkpoint"):
        train(cfg, resume=True)
    assert list((tmp_path / "mistyped").iterdir()) == []


def test_weights_alone_are_no_run(tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "run", **{"train_cfg.max_epochs": 1})
    train(cfg)
    [best] = (tmp_path / "run").glob("best_*_*.pth")
    with pytest.raises(InputError, match=r"no optimizer \(best_.* start a new .*load_from"):
        train(cfg, resume=best)
    (tmp_path / "run" / "epoch_1.pth").unlink()
    with pytest.raises(InputError, match="holds weights only"):
        train(cfg, resume=True)


def test_a_full_disk_costs_one_line_and_no_checkpoint(tiny_options, tmp_path, monkeypatch):
    from mmengine.fileio import LocalBackend

    cfg = tiny_cfg(tiny_options, tmp_path / "run")
    real = LocalBackend.put

    def put(self, obj, filepath):
        real(self, obj[: len(obj) // 2] if full else obj, filepath)
        if full:
            raise OSError(28, "No space left on device")

    full = False
    monkeypatch.setattr(LocalBackend, "put", put)
    cfg.train_cfg.max_epochs = 1
    train(cfg)
    before = {path: path.read_bytes() for path in (tmp_path / "run").glob("*.pth")}
    full, cfg.train_cfg.max_epochs = True, LENGTH
    with pytest.raises(InputError, match=r"epoch_1\.pth: cannot be written: No space left"):
        train(cfg, resume=True)
    assert {path: path.read_bytes() for path in (tmp_path / "run").glob("*.pth")} == before
    assert not list((tmp_path / "run").glob(".*.tmp"))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (FileNotFoundError(2, "No such file or directory"), "No such file"),
    ],
)
def test_a_folder_that_is_lost_costs_one_line(
    tiny_config, run_tool, tmp_path, monkeypatch, error, text
):
    real, work_dir = os.open, tmp_path / "w"

    def open_file(path, *arguments, **options):
        if str(path).endswith(".tmp") and (work_dir / "epoch_1.pth").exists():
            raise error
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", open_file)
    refuse(run_tool("train.py", tiny_config, "--work-dir", work_dir), "cannot be written", text)
    assert torch.load(work_dir / "epoch_1.pth", weights_only=True)
    assert not list(work_dir.glob("best_*"))


def test_a_folder_that_goes_costs_one_line(tiny_config, run_tool, tmp_path, monkeypatch):
    """Written by MMEngine's log, which is not atomic."""
    work_dir = tmp_path / "w"

    def remove(self, runner):
        shutil.rmtree(work_dir)

    monkeypatch.setattr(AtomicCheckpointHook, "after_train_epoch", remove)
    refuse(run_tool("train.py", tiny_config, "--work-dir", work_dir), str(work_dir), "No such file")


def test_other_settings_are_reported(tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "run", **{"train_cfg.max_epochs": 1})
    train(cfg)
    path = tmp_path / "run" / "epoch_1.pth"
    other = tiny_cfg(tiny_options, tmp_path / "run")
    other.optim_wrapper.optimizer = dict(type="SGD", lr=0.1, weight_decay=0.1)
    with pytest.raises(InputError, match="expected the options of SGD, got .*betas"):
        train(other, resume=path)
    other = tiny_cfg(tiny_options, tmp_path / "run")
    other.optim_wrapper.paramwise_cfg = None
    with pytest.raises(InputError, match=r"optimizer\.param_groups: expected 1 entries, got 4"):
        train(other, resume=path)
    other = tiny_cfg(tiny_options, tmp_path / "run")
    other.param_scheduler = other.param_scheduler[:1]
    with pytest.raises(InputError, match="param_schedulers: expected 1 entries, got 2"):
        train(other, resume=path)

    def reverse(content):
        content["meta"]["dataset_meta"]["classes"] = ("class 1", "class 0", "class 2")

    with pytest.raises(InputError, match="label 0 is 'class 1' and 'class 0'"):
        train(cfg, resume=change(path, reverse))


def test_a_loss_that_is_no_number_ends_the_training_with_its_videos(tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "run", **{"optim_wrapper.optimizer.lr": 1e30})
    cfg.optim_wrapper.pop("clip_grad", None)
    cfg.param_scheduler = None
    with pytest.raises(InputError, match=r"infinite at iteration \d.*with the videos \S{11}"):
        train(cfg)
    assert not list((tmp_path / "run").glob("*.pth"))


def test_weights_that_are_no_numbers_are_not_saved(tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "run", **{"optim_wrapper.optimizer.lr": 1e30})
    del cfg.default_hooks["finite_loss"]
    cfg.param_scheduler = None
    with pytest.raises(InputError, match="not saved: .* weights hold NaN or infinity"):
        train(cfg)
    assert not list((tmp_path / "run").glob("*.pth"))


def test_an_extraction_killed_at_any_step_on_files_goes_on(tmp_path, monkeypatch):
    videos = [write_flash(tmp_path / f"{name}.mp4", fps=5, seconds=2) for name in "ab"]

    def extract(root):
        return extract_videos(dict(type="spectral"), videos, str(root))

    def features(folder):
        return {path.name: np.load(path) for path in folder.glob("*.npy")}

    whole = features(extract(tmp_path / "whole").folder)
    assert len(whole) == 4
    steps = []
    while True:
        root = tmp_path / f"killed{len(steps)}"
        with monkeypatch.context() as patch:
            KillSwitch(patch, root, len(steps) + 1)
            try:
                extract(root)
                break
            except Killed as stop:
                steps.append(str(stop))
        # Existing files are complete, and listed files exist.
        folder = root / "av_features"
        left = features(folder)
        assert all(np.array_equal(array, whole[name]) for name, array in left.items())
        for entry in read_manifest(folder).values():
            assert entry.is_whole(folder)
        again = extract(root)
        assert len(again.done) + len(again.kept) == 2
        found = features(folder)
        assert found.keys() == whole.keys()
        assert all(np.array_equal(found[name], array) for name, array in whole.items())
        assert set(read_manifest(folder)) == {"a", "b"}
    assert steps[0] == "replace features.json"
    assert sum(step.endswith(".npy") for step in steps) == 4
