"""Tiny runs for attacks on them."""

import copy
import itertools
from pathlib import Path

import torch

from loco_mm import install
from loco_mm.apis import load_config
from loco_mm.engine import CheckedRunner

from ..comparing import ROOT


def tiny_cfg(options, work_dir, **changes):
    """The tiny run: three epochs, each validated and saved."""
    changes = {
        "train_cfg.max_epochs": 3,
        "train_cfg.val_interval": 1,
        "default_hooks.checkpoint.interval": 1,
        "default_hooks.checkpoint.max_keep_ckpts": 2,
    } | changes
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options | changes)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = f"run_{next(_NUMBERS)}"
    return cfg


# MMEngine keeps loggers by the name of a run.
_NUMBERS = itertools.count()


def train(cfg, resume=None, runner_type=CheckedRunner):
    """Train; ``resume`` is True for the newest checkpoint, or a file."""
    cfg = copy.deepcopy(cfg)
    cfg.experiment_name = f"run_{next(_NUMBERS)}"
    cfg.resume = resume is not None
    cfg.load_from = None if resume in (None, True) else str(resume)
    install()  # as the tools do
    runner = runner_type.from_cfg(cfg)
    runner.train()
    return runner


def build_all(cfg):
    """Build the components of a training and read its data, without training."""
    cfg = copy.deepcopy(cfg)
    cfg.setdefault("experiment_name", f"run_{next(_NUMBERS)}")
    runner = CheckedRunner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.scale_lr(runner.optim_wrapper, runner.auto_scale_lr)
    runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)
    runner._val_loop = runner.build_val_loop(runner._val_loop)
    for point in ("before_run", "before_train"):
        runner.call_hook(point)
    return runner


def change(path: Path, edit) -> Path:
    """Edit the content of a checkpoint file."""
    content = torch.load(path, weights_only=True)
    content = edit(content) or content
    torch.save(content, path)
    return path


def outcome(folder):
    """Results of a finished run: weights by file, and the last optimizer state."""
    found = {}
    for path in sorted(folder.glob("*.pth")):
        content = torch.load(path, weights_only=True)
        found[path.name] = content["state_dict"]
        if "optimizer" in content:
            states = content["optimizer"]["state"]
            found[f"{path.name} optimizer"] = {
                f"{number}.{name}": value
                for number, state in states.items()
                for name, value in state.items()
            }
            runtime = content["message_hub"]["runtime_info"]
            if "best_score" in runtime:
                found[f"{path.name} score of the best"] = torch.tensor(runtime["best_score"])
    return found


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        if torch.is_tensor(values):
            assert torch.equal(found[name], values), name
        else:
            assert all(torch.equal(found[name][key], value) for key, value in values.items()), name
