"""Extraction by tasks of a cluster: processes on this machine, some of which are killed."""

import os
import pickle
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import submitit

from loco_mm.errors import InputError
from loco_mm.features import cluster, extract_on_cluster, extract_videos
from loco_mm.fileio import read_manifest
from loco_mm.registry import EXTRACTORS

from ..media_files import write_flash
from ..slurm_programs import install
from .deadly_extractor import DeadlyExtractor

# It is known in jobs, and here only where a test asks for it.
EXTRACTORS.module_dict.pop("deadly")
NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return [
        write_flash(folder / f"{name}.mp4", fps=10, seconds=3 + k) for k, name in enumerate(NAMES)
    ]


@pytest.fixture
def deadly(tmp_path, monkeypatch):
    """Config of an extractor that some files, listed once for each time, end."""
    monkeypatch.setitem(EXTRACTORS.module_dict, "deadly", DeadlyExtractor)
    deaths = tmp_path / "deaths.txt"

    def config(*ids):
        deaths.write_text("\n".join(ids))
        return dict(type="deadly", deaths=str(deaths))

    return config


class Killed(BaseException):
    """Ends a task of :class:`Tasks`."""


class Tasks:
    """In place of submitit: tasks run in this process when their result is asked for."""

    core, helpers = submitit.core, submitit.helpers

    def __init__(self, folder, cluster):
        self.paths = SimpleNamespace(stderr="a-log.err")

    def update_parameters(self, **options):
        pass

    batch = nullcontext

    def submit(self, task):
        return SimpleNamespace(
            done=lambda: True, paths=self.paths, result=lambda: self._result(task)
        )

    def _result(self, task):
        try:
            return pickle.loads(pickle.dumps(task))()
        except Killed:
            raise self.core.utils.UncompletedJobError from None


@pytest.fixture
def tasks(monkeypatch):
    def die(self):
        raise Killed

    monkeypatch.setattr(DeadlyExtractor, "die", die)
    monkeypatch.setattr(Tasks, "AutoExecutor", Tasks, raising=False)
    monkeypatch.setattr(cluster, "submitit", Tasks)
    monkeypatch.setattr(cluster, "_POLL", 0)


def _features(folder):
    return {path.name: np.load(path) for path in folder.glob("*.npy")}


@pytest.mark.run
def test_the_part_of_a_killed_task_is_done_by_another(videos, tmp_path, deadly, monkeypatch):
    wanted = _features(extract_videos(dict(type="spectral"), videos, tmp_path / "one").folder)
    # The first part is a, c, e; the second b, d.
    monkeypatch.setattr(submitit.Job, "_results_timeout_s", 1)
    finished = []
    found = extract_on_cluster(
        *(deadly("c"), videos, tmp_path / "out", 2, "local"),
        progress=lambda parts, total: (finished.append((part, total)) or part for part in parts),
    )
    assert sorted(found.done) == list(NAMES)
    assert not found.failed and not found.kept
    assert [total for _, total in finished] == [2, 2]
    features = _features(found.folder)
    assert features.keys() == wanted.keys()
    for name, values in features.items():
        np.testing.assert_array_equal(values, wanted[name])
    assert sorted(read_manifest(found.folder)) == list(NAMES)
    assert not list(found.folder.glob(".*"))


@pytest.mark.run
@pytest.mark.nightly
def test_jobs_of_slurm(videos, tmp_path, deadly, monkeypatch):
    monkeypatch.setenv("PATH", install(tmp_path / "bin"))
    monkeypatch.setattr(submitit.Job, "_results_timeout_s", 1)
    options = dict(slurm_partition="gpu", gpus_per_node=1, timeout_min=90)
    found = extract_on_cluster(deadly("c"), videos, tmp_path / "out", 2, options=options)
    assert sorted(found.done) == list(NAMES)
    scripts = list((tmp_path / "out" / "extraction_logs").glob("*_submission.sh"))
    # An array of two jobs, and one for the part of the killed one.
    assert len(scripts) == 2
    for script in scripts:
        text = script.read_text()
        for line in ("partition=gpu", "gpus-per-node=1", "time=90", "job-name=extract"):
            assert f"#SBATCH --{line}\n" in text


@pytest.mark.run
def test_jobs_that_slurm_refuses(videos, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", install(tmp_path / "bin"))
    (tmp_path / "bin" / "sbatch").write_text("#!/bin/sh\necho invalid partition >&2; exit 1\n")
    with pytest.raises(InputError, match="jobs cannot be submitted: .*invalid partition"):
        extract_on_cluster(dict(type="spectral"), videos, tmp_path / "out", 2)


def test_a_file_that_kills_every_task_is_named_and_the_others_are_done(
    videos, tmp_path, deadly, tasks
):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    config = deadly("b", "b", "b", "d")
    found = extract_on_cluster(config, [*videos, bad], tmp_path / "out", 2)
    assert sorted(found.done) == ["a", "c", "d", "e"]
    assert found.failed.keys() == {videos[1], str(bad)}
    assert found.failed[videos[1]] == (
        f"media file {videos[1]}: its task was killed 2 times, as when memory or time runs out"
    )
    again = extract_on_cluster(deadly(), videos, tmp_path / "out", 2)
    assert sorted(again.kept) == ["a", "c", "d", "e"]
    assert again.done == ["b"]
    assert not extract_on_cluster(deadly(), videos, tmp_path / "out", 2).done


def test_a_task_that_is_killed_before_its_first_file(videos, tmp_path, deadly, tasks, monkeypatch):
    def die(self, *args, **kwargs):
        raise Killed

    monkeypatch.setattr(DeadlyExtractor, "__init__", die)
    with pytest.raises(
        InputError,
        match="part 1 of 2: killed 2 times before its first video, as when memory or time runs "
        "out: see a-log.err",
    ):
        extract_on_cluster(deadly(), videos, tmp_path, 2)


def test_an_error_of_all_files(videos, tmp_path, tasks, monkeypatch):
    with pytest.raises(InputError, match="part 1 of 1: extractor: unknown key 'modle'"):
        extract_on_cluster(dict(type="spectral", modle=1), videos, tmp_path, 1)

    def fail(self, task):
        raise submitit.core.utils.FailedJobError("timed-out too many times")

    monkeypatch.setattr(Tasks, "_result", fail)
    with pytest.raises(InputError, match="part 1 of 1: fails: see a-log.err"):
        extract_on_cluster(dict(type="spectral"), videos, tmp_path, 1)


def test_a_task_whose_time_is_over_is_continued(videos, tmp_path, tasks):
    values = dict(config=dict(type="spectral"), module="loco_mm.features", threads=1, device=None)
    task = cluster.ExtractionTask(**values, videos=dict(a=videos[0]), root=tmp_path, shard=(1, 1))
    (tmp_path / "av_features").mkdir()
    assert submitit.helpers.DelayedSubmission(task).result().done == ["a"]
    assert task.checkpoint().result().kept == ["a"]


def test_bad_arguments(videos, tmp_path, monkeypatch):
    def refuse(match, *arguments, **settings):
        with pytest.raises(InputError, match=match):
            extract_on_cluster(dict(type="spectral"), *arguments, **settings)

    out = tmp_path / "out"
    refuse("cluster 'slurm': Could not detect \"srun\"", videos, out, 2)
    refuse("cluster 'local': .*nodez", videos, out, 2, "local", dict(nodez=2))
    refuse("have the same id, 'a'", [*videos, tmp_path / "a.mkv"], out, 2, "local")
    monkeypatch.setitem(sys.modules, "submitit", None)
    refuse(r"Fix: pip install 'loco_mm\[cluster\]'", videos, out, 2)
    assert not os.path.exists(out / "av_features")
