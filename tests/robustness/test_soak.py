"""A long run, and the memory of its processes. ``--soak 2000`` makes it as long as a real one."""

import os
from pathlib import Path

import pytest
from mmengine.hooks import Hook

from loco_mm.engine import CheckedRunner

from .runs import tiny_cfg

# The first iterations fill caches.
WARM_UP = 50
MIB = 2**20


class Watch(Hook):
    """Records resident memory in bytes, and open files, of the run's processes.

    Resident, because a page shared with a child is no longer shared after one of them writes to it:
    private memory would seem to grow.
    """

    def __init__(self):
        self.memory: list[int] = []
        self.files: list[int] = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter < WARM_UP:
            return
        me = os.getpid()
        children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
        self.memory.append(sum(map(resident, [me, *children])))
        self.files.append(len(os.listdir("/proc/self/fd")))


def resident(process):
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="read from /proc")
def test_a_long_run_takes_no_more_memory_than_a_short_one(tiny_options, tmp_path, request):
    iterations = request.config.getoption("--soak")
    loaders = {
        "train_dataloader.batch_size": 1,
        "train_dataloader.num_workers": 2,
        "train_dataloader.persistent_workers": True,
        "val_dataloader.num_workers": 1,
        # These come and go with each validation.
        "val_dataloader.persistent_workers": False,
    }
    cfg = tiny_cfg(tiny_options, tmp_path, **loaders, **{"train_cfg.val_interval": 5})
    cfg.train_cfg.max_epochs = -(-iterations // 8)
    cfg.param_scheduler = None
    runner, watch = CheckedRunner.from_cfg(cfg), Watch()
    runner.register_hook(watch)
    runner.train()
    assert runner.iter == 8 * cfg.train_cfg.max_epochs
    # The minimum of each half, as the workers of a validation may still be about to exit.
    half = len(watch.memory) // 2
    grown = min(watch.memory[half:]) - min(watch.memory[:half])
    print(f"{iterations} iterations: {max(watch.memory) / MIB:.0f} MiB, {grown / MIB:+.1f} MiB")
    # MMEngine keeps all values of its log, 0.5 KiB per iteration.
    assert grown < 8 * MIB + 2048 * iterations
    assert min(watch.files[half:]) <= min(watch.files[:half])
