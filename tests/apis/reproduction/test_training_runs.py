"""Runs of a table, with tools that only pretend to train and test."""

import json
import subprocess
from dataclasses import replace

import pytest

from loco_mm.apis.reproduction import NotAvailableError, Run, current_commit
from loco_mm.errors import InputError

from .project import calls, change_record, project  # noqa: F401

pytestmark = pytest.mark.run
# An option by which the tools of the project decide how to end.
INTERVAL = "default_hooks.logger.interval"


def finish(run, **options):
    record = run.prepare(**options)
    return record if record.figures else run.finish(record)


@pytest.fixture
def run_of(project):  # noqa: F811
    root, row = project

    def make(name="a", seed=3, given=(), **options):
        return Run(row(name, **options), seed, root / "work", given, root)

    return make


def test_a_run_is_trained_and_tested_once(run_of):
    run = run_of(**{"model.dim": 8})
    assert run.folder.name == "seed3"
    record = finish(run)
    assert [line.split()[:2] for line in calls(run)] == [
        ["train", "False"],
        ["test", "best_mAP_epoch_2.pth"],
    ]
    assert record.figures == {"mAP": 0.25}
    assert (record.config, record.options, record.seed) == ("tiny.py", ["model.dim=8"], 3)
    assert (record.checkpoint, record.predictions) == ("best_mAP_epoch_2.pth", "predictions.json")
    assert record.num_params > 1000 and record.macs > 1000
    assert record.seconds > 0
    assert finish(run) == record == replace(run).read()
    assert len(calls(run)) == 2


def test_an_interrupted_run_is_resumed(run_of):
    run = run_of(**{INTERVAL: 9})
    with pytest.raises(InputError, match=r"^error: it stopped \(.*console.log\)$"):
        finish(run)
    stopped = run.read()
    assert stopped.figures == {}
    assert stopped.seconds > 0
    assert finish(run).seconds > stopped.seconds
    assert [line.split()[:2] for line in calls(run)] == [
        ["train", "False"],
        ["train", "True"],
        ["test", "best_mAP_epoch_2.pth"],
    ]


def test_a_run_without_a_best_checkpoint_is_reported(run_of):
    with pytest.raises(InputError, match=r"seed3: no checkpoint was selected, as validation never"):
        finish(run_of(**{INTERVAL: 10}))


def test_another_run_in_the_folder_is_refused(run_of):
    run = run_of()
    finish(run)
    with pytest.raises(InputError, match=r"options: expected model.dim=6, got \(none\): remove"):
        finish(run_of(given=("model.dim=6",)))
    change_record(run, config_hash="0")
    with pytest.raises(InputError, match=r"config_hash: expected \w+, got 0: tiny.py has changed"):
        finish(run)
    (run.folder / "run.json").unlink()
    with pytest.raises(InputError, match=r"seed3: expected run.json beside checkpoints, got none"):
        finish(run)


def test_a_run_of_another_commit_is_accepted_only_on_request(run_of):
    run = run_of()
    done = finish(run)
    change_record(run, commit="older")
    with pytest.raises(InputError, match=r"commit: expected unknown, got older: .* --any-commit"):
        finish(run)
    assert finish(run, any_commit=True) == done._replace(commit="older")
    # An interrupted one would go on with this commit.
    change_record(run, figures={})
    with pytest.raises(InputError, match=r"commit: expected unknown, got older"):
        finish(run, any_commit=True)


def test_a_run_starts_from_the_checkpoint_of_another_row(run_of, tmp_path):
    start = run_of("second", load_from="work_dirs/first/epoch_2.pth")
    assert start.starts_from() == "first"
    assert run_of().starts_from() is None
    message = "checkpoint work_dirs/first/epoch_2.pth: no such file"
    with pytest.raises(NotAvailableError, match=message):
        finish(start)
    finish(run_of("first"))
    finish(start)
    assert calls(start)[0].endswith(f" {tmp_path}/work/first/seed3/epoch_2.pth")


def test_missing_data_are_reported(run_of):
    with pytest.raises(NotAvailableError, match=r"annotation file no.json: no such file"):
        finish(run_of(**{"test_dataloader.dataset.files.annotations": "no.json"}))
    with pytest.raises(InputError, match="dimm"):
        finish(run_of(**{"model.dimm": 3}))


def test_the_commit_of_a_project(tmp_path):
    def git(*arguments):
        author = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        subprocess.run(["git", "-C", tmp_path, *author, *arguments], check=True)

    (tmp_path / "file").write_text("1")
    git("init", "-q")
    git("add", "file")
    git("commit", "-qm", "1")
    commit = current_commit.__wrapped__(tmp_path)
    assert len(commit) == 12
    (tmp_path / "file").write_text("2")
    second = current_commit.__wrapped__(tmp_path)
    (tmp_path / "file").write_text("3")
    third = current_commit.__wrapped__(tmp_path)
    assert second.startswith(f"{commit}+") and third.startswith(f"{commit}+")
    assert second != third


def test_a_damaged_record_is_reported(run_of):
    run = run_of()
    finish(run)
    (run.folder / "run.json").write_text(json.dumps(dict(config="a.py")))
    with pytest.raises(InputError, match=r"run .*run.json: options is missing"):
        finish(run)
