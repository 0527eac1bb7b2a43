"""Crashing workers and ranks: the rest of the run ends, and reports the reason."""

import gc
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from loco_mm.datasets.transforms import LoadAVFeatures
from loco_mm.errors import InputError

from ..comparing import ROOT
from ..tools.test_bad_input import annotations_of, refuse
from .runs import tiny_cfg, train

# An abandoned loader with a dead worker frees its queues when Python collects garbage.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@pytest.fixture(autouse=True)
def queues_end_with_their_test():
    """A failing thread of a queue prints a traceback, for which it parses source code.

    Before Python 3.11.8 this breaks a config that is parsed at the same time (CPython issue
    106905).
    """
    yield
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "QueueFeederThread":
            thread.join(timeout=10)


def kill(number):
    os.kill(os.getpid(), number)


@pytest.fixture
def harm(monkeypatch):
    """Crash the current process when a video is read."""
    original = LoadAVFeatures.__call__

    def do(video, act, *arguments):
        def call(self, results):
            if results["video_id"] == video:
                act(*arguments)
            return original(self, results)

        monkeypatch.setattr(LoadAVFeatures, "__call__", call)

    return do


def last_video(world, subset):
    database = json.loads(annotations_of(world).read_text())["database"]
    return [name for name, video in database.items() if video["subset"] == subset][-1]


def workers(split, count=1):
    return {
        "train_cfg.max_epochs": 1,
        f"{split}_dataloader.num_workers": count,
        f"{split}_dataloader.persistent_workers": True,
    }


@pytest.mark.parametrize(
    ("split", "act", "number", "reason"),
    [
        ("train", kill, signal.SIGKILL, "is killed by signal: Killed"),
        ("train", kill, signal.SIGSEGV, "is killed by signal: Segmentation fault"),
        ("train", os._exit, 3, "exited unexpectedly"),
        ("val", kill, signal.SIGKILL, "is killed by signal: Killed"),
    ],
)
def test_a_reader_that_dies_is_reported_with_its_split(
    tiny_options, tiny_world, tmp_path, harm, split, act, number, reason
):
    video = last_video(tiny_world, "train" if split == "train" else "validation")
    harm(video, act, number)
    with pytest.raises(InputError) as caught:
        train(tiny_cfg(tiny_options, tmp_path, **workers(split, 2)))
    message = str(caught.value)
    assert message.startswith(f"{split}_dataloader: DataLoader worker (pid")
    assert f" {reason}" in message
    assert "num_workers=0 shows" in message


def test_a_tool_tells_it_in_one_line(tiny_config, tiny_world, run_tool, tmp_path, harm):
    video = last_video(tiny_world, "train")
    harm(video, kill, signal.SIGKILL)
    options = [f"{key}={value}" for key, value in workers("train").items()]
    work = tmp_path / "w"
    result = run_tool("train.py", tiny_config, "--work-dir", work, "--cfg-options", *options)
    refuse(result, "train_dataloader: DataLoader worker (pid")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors take notes since 3.11")
@pytest.mark.parametrize("count", [0, 1])
def test_an_error_of_ones_own_transform_comes_with_the_video(
    tiny_options, tiny_world, tmp_path, harm, count
):
    video = last_video(tiny_world, "train")
    harm(video, lambda: {}["visual"])
    options = workers("train", count) | {"train_dataloader.persistent_workers": bool(count)}
    with pytest.raises(KeyError) as caught:
        train(tiny_cfg(tiny_options, tmp_path, **options))
    message = "".join([*map(str, caught.value.args), *getattr(caught.value, "__notes__", ())])
    assert f"This was video {video} of {annotations_of(tiny_world)}." in message


def launch(config, work, *options):
    """A training with two processes."""
    command = ["bash", str(ROOT / "tools" / "dist_train.sh"), str(config), "2", "--work-dir"]
    return subprocess.Popen(
        [*command, str(work), *(["--cfg-options", *options] if options else [])],
        env=os.environ | dict(PYTHON=sys.executable, OMP_NUM_THREADS="1"),
        # MMEngine exchanges results in files, which a killed process leaves behind.
        cwd=work.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def last_words(process):
    """The end of its report, within a minute."""
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    return re.findall(r"^ +traceback : (.*)$", output, re.MULTILINE)[-1], output


@pytest.mark.distributed
def test_a_rank_that_fails_has_the_last_word(tiny_config, tiny_world, tmp_path):
    world = tmp_path / "world"
    shutil.copytree(tiny_world, world)
    path = world / "av_features" / f"{last_video(world, 'train')}_one_peace_audio.npy"
    features = np.load(path)
    features[1] = np.nan
    np.save(path, features)
    config = tmp_path / "bad.py"
    config.write_text(tiny_config.read_text().replace(str(tiny_world), str(world)))
    message, output = last_words(launch(config, tmp_path / "work"))
    assert re.fullmatch(
        rf"error: rank [01]: {re.escape(str(path))}: expected finite numbers, got \d+ of \d+ .*",
        message,
    )
    errors = [line for line in output.splitlines() if line.startswith("error: ")]
    assert errors == [message]


@pytest.mark.distributed
@pytest.mark.nightly
def test_the_others_end_with_a_rank_that_is_killed(tiny_config, tmp_path):
    work = tmp_path / "work"
    process = launch(tiny_config, work, "train_cfg.max_epochs=500", "param_scheduler=None")
    while not list(work.glob("epoch_*.pth")):
        time.sleep(0.05)
        assert process.poll() is None
    first, second = (
        int(number)
        for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    )
    os.kill(second, signal.SIGKILL)
    message, _ = last_words(process)
    assert message == f"Signal 9 (SIGKILL) received by PID {second}"
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
