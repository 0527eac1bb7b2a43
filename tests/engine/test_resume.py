"""A run that is stopped and resumed equals one that never was."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.runner import Runner

from loco_mm.apis import load_config

ROOT = Path(__file__).resolve().parents[2]


def train(cfg, work_dir, epochs, resume=False, workers=0):
    cfg = copy.deepcopy(cfg)
    cfg.work_dir = str(work_dir)
    cfg.train_cfg.max_epochs = epochs
    cfg.resume = resume
    cfg.experiment_name = f"{work_dir.name}_{epochs}"
    cfg.train_dataloader.num_workers = workers
    Runner.from_cfg(cfg).train()
    return torch.load(work_dir / f"epoch_{epochs}.pth", weights_only=True)


def flatten(value, name=""):
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        yield name, value
        return
    for key, entry in items:
        yield from flatten(entry, f"{name}.{key}")


@pytest.fixture
def cfg(tiny_options):
    options = tiny_options | {
        "default_hooks.checkpoint.interval": 2,
        "default_hooks.checkpoint.save_best": None,
        "train_cfg.val_interval": 10,
    }
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options)
    for scheduler in cfg.param_scheduler:
        scheduler.begin, scheduler.end = (0, 1) if scheduler.begin == 0 else (1, 4)
    return cfg


def test_two_and_two_epochs_equal_four_to_the_last_bit(cfg, tmp_path):
    whole = train(cfg, tmp_path / "whole", 4)
    train(cfg, tmp_path / "parts", 2)
    parts = train(cfg, tmp_path / "parts", 4, resume=True, workers=2)
    compared = set()
    for part in ("state_dict", "ema_state_dict", "optimizer", "param_schedulers"):
        one, other = dict(flatten(whole[part])), dict(flatten(parts[part]))
        assert one.keys() == other.keys()
        for name, value in one.items():
            same = (
                torch.equal(value, other[name]) if torch.is_tensor(value) else value == other[name]
            )
            assert same, f"{part}{name}"
            compared.add(f"{part}{name}")
    for name in ("head.loss_normalizer", "modulator.log_tau", "modulator.sigma_logit"):
        assert f"state_dict.{name}" in compared
    start = train(cfg, tmp_path / "other", 2)
    assert not torch.equal(
        start["state_dict"]["modulator.log_tau"], whole["state_dict"]["modulator.log_tau"]
    )


def test_the_checkpoint_holds_the_averaged_weights(cfg, tmp_path):
    checkpoint = train(cfg, tmp_path / "run", 2)
    raw = checkpoint["ema_state_dict"]
    averaged = checkpoint["state_dict"]
    name = "head.cls_tower.output.weight"
    assert not torch.equal(raw[f"module.{name}"], averaged[name])
    assert int(raw["steps"]) == 4


def test_decay_spares_norms_biases_and_scales(cfg, tmp_path):
    cfg.work_dir = str(tmp_path)
    cfg.experiment_name = "decay"
    runner = Runner.from_cfg(cfg)
    wrapper = runner.build_optim_wrapper(cfg.optim_wrapper)
    decay = {
        id(group["params"][0]): group["weight_decay"] for group in wrapper.optimizer.param_groups
    }
    for name, parameter in runner.model.named_parameters():
        if parameter.requires_grad:
            wanted = 0.0 if parameter.ndim == 1 else 1e-4
            assert decay[id(parameter)] == wanted, name
