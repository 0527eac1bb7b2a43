"""The scripts for Slurm, with programs in its place that start the tasks on this machine."""

import json
import os
import re
import subprocess
import sys

import pytest

from ..comparing import ROOT
from ..slurm_programs import install


@pytest.fixture
def submit(tmp_path):
    """Run a script; return the options that it gives to ``srun``, and the output."""
    path, noted = install(tmp_path / "bin"), tmp_path / "options"

    def run(script, *arguments, **variables):
        environment = os.environ | dict(PATH=path, NOTED=str(noted), OMP_NUM_THREADS="1")
        environment |= variables
        command = ["bash", str(ROOT / "tools" / script), *map(str, arguments)]
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        return noted.read_text().split(), result.stdout

    return run


@pytest.mark.run
@pytest.mark.parametrize("tool", ["train", "test"])
@pytest.mark.parametrize(
    ("variables", "tasks"),
    [
        ({}, (8, 8)),
        (dict(GPUS="2"), (2, 2)),
        (dict(GPUS="16"), (16, 8)),
        (dict(GPUS="16", GPUS_PER_NODE="4"), (16, 4)),
    ],
)
def test_what_slurm_is_asked_for(submit, tool, variables, tasks):
    options, output = submit(
        f"slurm_{tool}.sh", "gpu", "a-job", "config.py", "more", PYTHON="echo", **variables
    )
    total, per_node = tasks
    assert options == [
        *("--partition=gpu", "--job-name=a-job", f"--gres=gpu:{per_node}", f"--ntasks={total}"),
        *(f"--ntasks-per-node={per_node}", "--cpus-per-task=5", "--kill-on-bad-exit=1"),
    ]
    lines = output.splitlines()
    assert len(lines) == total
    assert set(lines) == {f"-u {ROOT}/tools/{tool}.py config.py more --launcher slurm"}


@pytest.mark.run
def test_further_options_are_passed_on(submit):
    more = dict(GPUS="1", CPUS_PER_TASK="3", SRUN_ARGS="--time=10 --quotatype=spot")
    options, _ = submit("slurm_train.sh", "gpu", "a-job", "config.py", PYTHON="echo", **more)
    assert options[-4:] == [
        *("--cpus-per-task=3", "--kill-on-bad-exit=1", "--time=10", "--quotatype=spot")
    ]


@pytest.mark.nightly
def test_two_tasks_train_together_with_the_learning_rate_of_their_batches(
    submit, tiny_config, tmp_path
):
    work = tmp_path / "work"
    arguments = ("--work-dir", work, "--auto-scale-lr", "--cfg-options", "train_cfg.max_epochs=1")
    options = ("param_scheduler=None", "optim_wrapper.optimizer.lr=0.01")
    submit(
        *("slurm_train.sh", "gpu", "a-job", tiny_config, *arguments, *options),
        PYTHON=sys.executable,
        GPUS="2",
    )
    assert (work / "epoch_1.pth").exists()
    [log] = work.glob("20*/vis_data/scalars.json")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    # Two batches of four, instead of one of sixteen.
    assert rows[0]["lr"] == pytest.approx(0.005)
    [text] = work.glob("20*/*.log")
    assert re.search(r"Scaling the original LR by 0\.5\b", text.read_text())
