"""Tiny runs for attacks on them."""

import copy
import itertools
from pathlib import Path

import torch

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


# The toolbox keeps loggers by a run's name.
_NUMBERS = itertools.count()


def train(cfg, resume=None, runner_type=CheckedRunner):
    """Train; with ``resume`` from the newest checkpoint (True) or from a file."""
    cfg = copy.deepcopy(cfg)
    cfg.experiment_name = f"run_{next(_NUMBERS)}"
    cfg.resume = resume is not None
    cfg.load_from = None if resume in (None, True) else str(resume)
    runner = runner_type.from_cfg(cfg)
    runner.train()
    return runner


def change(path: Path, edit) -> Path:
    """Edit what a checkpoint file holds."""
    content = torch.load(path, weights_only=True)
    content = edit(content) or content
    torch.save(content, path)
    return path
