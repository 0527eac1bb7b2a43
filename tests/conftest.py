"""Fixtures shared by all tests."""

import ast
import multiprocessing
import os
import platform
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope

from loco_mm.apis import load_config
from loco_mm.fileio import locked
from loco_mm.testing import build_with_active_branches, shrink_model
from loco_mm.worlds.synthetic import make_plan

from .comparing import ROOT, flat

SHARED = ROOT.parent / "shared"

# Starts a process once; the import of h5py asks for it.
platform.processor()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared data beside the checkout; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("no shared data beside the checkout")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def default_scope():
    """Set the default scope, so that components are found by their bare names."""
    init_default_scope("mmaction")


@pytest.fixture(autouse=True, scope="session")
def quick_runs():
    """Skip parts that take most of the time of a tiny run, but do not affect its result."""

    def parse(text, **options):
        ast.parse(text)
        return text, True

    with pytest.MonkeyPatch.context() as patch:
        # A run writes its config seven times, formatted each time.
        patch.setattr("mmengine.config.config.FormatCode", parse)
        # Garbage is collected for each dataset, over all objects of pytest.
        patch.setattr("mmengine.dataset.base_dataset.gc", SimpleNamespace(collect=int))
        # A loader waits five seconds for a worker that does not respond.
        patch.setattr("torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL", 0.2)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark tests by folder and fixture; tests without a mark are ``unit`` tests."""
    for item in items:
        if item.path.parent.name == "robustness":
            item.add_marker("attack")
        if {"run_tool", "hold"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("run")
        if not {"run", "attack", "distributed", "nightly"} & {m.name for m in item.iter_markers()}:
            item.add_marker("unit")


@pytest.fixture(autouse=True)
def alone(request, monkeypatch):
    """Let unit tests fail that start a process or train; these need another mark."""
    if request.node.get_closest_marker("unit"):

        def refuse(*args, **kwargs):
            raise AssertionError("a unit test starts a process or trains: mark it `run`")

        for place in (
            "subprocess.Popen.__init__",
            "multiprocessing.process.BaseProcess.start",
            "mmengine.runner.Runner.train",
        ):
            monkeypatch.setattr(place, refuse)


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write golden files again")
    parser.addoption("--fuzz", type=int, default=100, help="files of each kind that fuzzing tries")
    parser.addoption("--soak", type=int, default=120, help="iterations of the long run")


@pytest.fixture
def fuzz_examples(request) -> int:
    """Number of files of each kind for fuzzing."""
    return request.config.getoption("--fuzz")


@pytest.fixture
def update_golden(request) -> bool:
    """Whether to update golden files."""
    return request.config.getoption("--update-golden")


@pytest.fixture
def small_model() -> ConfigDict:
    """LoCo with width 16, T = 32, four levels and five classes."""
    return shrink_model(Config.fromfile(ROOT / "configs" / "_base_" / "models" / "loco.py").model)


@pytest.fixture(scope="session")
def tiny_world(tmp_path_factory) -> Path:
    """A synthetic world with three classes and 17 videos."""
    root = tmp_path_factory.mktemp("data") / "world"
    make_plan(TINY_WORLD, TINY_FILES).write(root)
    return root


TINY_WORLD = dict(num_classes=3, durations=[4.0, 7.0])
TINY_FILES = dict(num_videos=[8, 4, 5], widths=[8, 6])


@pytest.fixture
def tiny_options(tiny_world) -> dict:
    """Overrides of ``configs/loco_synthetic.py``: the tiny world and a model of width 8."""
    return options_of(tiny_world)


def options_of(tiny_world: Path) -> dict:
    """The options of :func:`tiny_options`."""
    options = flat(
        {
            "model.max_len": 16,
            "model.dim": 8,
            "model.encoder": dict(visual_dim=8, audio_dim=6, num_layers=0),
            "model.modulator": dict(embed_dim=4),
            "model.pyramid": dict(num_levels=2, num_heads=2),
            "model.head": dict(num_classes=3, feat_channels=8),
            "default_hooks.logger.interval": 1,
            # Independent of the length, so that longer resumed runs have the same schedule.
            "param_scheduler.1.end": 10,
        }
    )
    for split in ("train", "val", "test"):
        loader = f"{split}_dataloader"
        options |= {
            f"{loader}.batch_size": 4,
            f"{loader}.dataset.data_root": str(tiny_world),
            f"{loader}.dataset.world": TINY_WORLD,
            f"{loader}.dataset.files": TINY_FILES,
            f"{loader}.dataset.features.visual.dim": 8,
            f"{loader}.dataset.features.audio.dim": 6,
        }
    options["train_dataloader.dataset.max_len"] = 16
    return options


@pytest.fixture(scope="session")
def tiny_config_text(tiny_world) -> str:
    """The tiny run: two epochs, each with validation."""
    options = options_of(tiny_world) | {
        "train_cfg.max_epochs": 2,
        "train_cfg.val_interval": 1,
        "default_hooks.checkpoint.interval": 1,
    }
    return load_config(str(ROOT / "configs" / "loco_synthetic.py"), options).pretty_text


@pytest.fixture
def tiny_config(tiny_config_text, tmp_path) -> Path:
    """The tiny run as a config file."""
    path = tmp_path / "tiny.py"
    path.write_text(tiny_config_text)
    return path


@pytest.fixture
def tiny_checkpoint(tiny_config, tmp_path) -> Path:
    """Random weights for the tiny run, which predict events everywhere."""
    torch.manual_seed(0)
    path = tmp_path / "tiny.pth"
    model = build_with_active_branches(load_config(str(tiny_config)).model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


class Holder:
    """A process that holds a lock until it is asked to release it, or killed.

    It is forked, as importing the package again takes seconds.
    """

    def __init__(self, path, with_child=False):
        context = multiprocessing.get_context("fork")
        self._mine, theirs = context.Pipe()
        self._process = context.Process(target=self._hold, args=(path, with_child, theirs))
        self._process.start()
        assert self._mine.recv() == "held"
        self.pid = self._process.pid

    def _hold(self, path, with_child, pipe):
        os.setpgid(0, 0)
        with locked(path, ""):
            if with_child and os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            pipe.send("held")
            pipe.recv()

    def let_go(self):
        self._mine.send("go")
        self._process.join()

    def kill(self):
        self._process.kill()
        self._process.join()

    def end(self):
        """Kill the process and all its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.join()


@pytest.fixture
def hold():
    """Holds a lock in another process: ``hold(path)``; optionally with a child that lives on."""
    started = []

    def start(path, with_child=False):
        started.append(Holder(path, with_child))
        return started[-1]

    yield start
    for holder in started:
        holder.end()


@pytest.fixture
def run_tool(monkeypatch, capfd):
    """Runs a tool as a script in this process: ``run_tool('train.py', ...)``.

    Returns its exit status, standard output and standard error.
    """
    import runpy

    from mmengine.logging import MessageHub, MMLogger
    from mmengine.visualization import Visualizer

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        # Runs within the same second share a logger, which writes to a closed stream.
        for kind in (MMLogger, MessageHub, Visualizer):
            kind._instance_dict.clear()
        status = 0
        try:
            runpy.run_path(str(ROOT / "tools" / name), run_name="__main__")
        except SystemExit as stop:
            status = stop.code or 0
        return status, *capfd.readouterr()

    return run
