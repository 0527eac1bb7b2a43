"""Builds a runner from a config and command-line arguments."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ..errors import InputError
from ..fileio import check_folder, check_output
from ..registry import RUNNERS
from ..text import is_unicode, suggestion
from .checkpoints import chosen_checkpoint, newest_checkpoint
from .processes import LAUNCHERS


def prepare_train(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the arguments of ``tools/train.py`` to a config."""
    _require(cfg, args, "train")
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == "auto" else _to_resume(args.resume)
    elif cfg.get("load_from"):
        cfg.load_from = _existing(cfg.load_from)
    if args.amp:
        _enable_amp(cfg)
    _set_compile(cfg, args)
    if args.auto_scale_lr:
        _scale_lr(cfg, args)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        # Without validation there is no best checkpoint.
        cfg.default_hooks.checkpoint.save_best = None
    if args.seed is not None:
        cfg.randomness = {**cfg.get("randomness", {}), "seed": args.seed}


def prepare_test(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the arguments of ``tools/test.py`` to a config."""
    _require(cfg, args, "test")
    cfg.load_from = _existing(args.checkpoint)
    cfg.resume = False
    _set_compile(cfg, args)
    # A test must not require the training data.
    cfg.train_dataloader = cfg.train_cfg = cfg.optim_wrapper = cfg.param_scheduler = None
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    if args.dump is not None:
        check_output(args.dump, inputs=[args.config, args.checkpoint])
        evaluators = cfg.test_evaluator
        evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
        dump = dict(type="DumpPredictions", out_file_path=args.dump)
        cfg.test_evaluator = [*evaluators, dump]


def build_runner(cfg: Config, args: argparse.Namespace) -> Runner:
    """Build the runner of a prepared config."""
    if cfg.get("launcher", "none") not in ("none", args.launcher):
        raise InputError(
            f"config: launcher: expected 'none', got {cfg.launcher!r}: give it as --launcher"
        )
    cfg.launcher = args.launcher
    _check_launcher(args.launcher)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(args.config).stem)
    check_folder(cfg.work_dir)
    if not is_unicode(cfg.work_dir):
        # Log files require it.
        raise InputError(
            f"{cfg.work_dir}: expected a work dir whose name is UTF-8, got other bytes"
        )
    for split in ("train", "val", "test"):
        loader = cfg.get(f"{split}_dataloader")
        if loader and not loader.get("num_workers"):
            # torch refuses to combine the two; without workers there is nothing to keep.
            loader.persistent_workers = False
    if not torch.cuda.is_available():
        _use_cpu_processes(cfg)
    name = cfg.get("runner_type", "CheckedRunner")
    if (kind := RUNNERS.get(name)) is None:
        raise InputError(
            f"config: runner_type: expected a name in the runner registry, got {name!r}"
            f"{suggestion(name, RUNNERS.module_dict)}"
        )
    return kind.from_cfg(cfg)


def _require(cfg: Config, args: argparse.Namespace, split: str) -> None:
    """Check that the config contains the split that is to run."""
    loader = f"{split}_dataloader"
    if cfg.get(loader) is None:
        raise InputError(f"config {args.config}: it has no {loader}: nothing to {split} on")


def _check_launcher(launcher: str) -> None:
    """Check the launcher's environment variables; MMEngine would raise a KeyError."""
    starter, names = LAUNCHERS.get(launcher, ("", ()))
    missing = [name for name in names if name not in os.environ]
    if missing:
        raise InputError(
            f"--launcher {launcher}: the environment has no {', '.join(missing)}: start the "
            f"processes with {starter}"
        )


def _to_resume(checkpoint: str) -> str:
    folder = Path(checkpoint)
    return str(newest_checkpoint(folder)[0]) if folder.is_dir() else _existing(checkpoint)


def _existing(checkpoint: str) -> str:
    """A checkpoint file or URL; of a work dir, its best checkpoint."""
    # MMEngine downloads URLs.
    if "://" not in checkpoint and not Path(checkpoint).exists():
        raise InputError(f"checkpoint {checkpoint}: no such file")
    return str(chosen_checkpoint(checkpoint))


def _set_compile(cfg: Config, args: argparse.Namespace) -> None:
    if args.compile is None:
        return
    given = cfg.get("compile")
    given = dict(given) if isinstance(given, Mapping) else {}
    # Without a mode, the config's own settings are kept.
    cfg.compile = given if args.compile == "default" else {**given, "mode": args.compile}


def _scale_lr(cfg: Config, args: argparse.Namespace) -> None:
    scaling = cfg.get("auto_scale_lr") or {}
    if "base_batch_size" not in scaling:
        raise InputError(
            f"--auto-scale-lr: config {args.config}: auto_scale_lr.base_batch_size: expected the "
            "total batch size that the learning rate is meant for, got none"
        )
    cfg.auto_scale_lr = {**scaling, "enable": True}


def _enable_amp(cfg: Config) -> None:
    """Use bfloat16 if the device supports it, otherwise float16 with a loss scaler."""
    kind = cfg.optim_wrapper.get("type", "OptimWrapper")
    plain = ("OptimWrapper", "DeferredOptimWrapper")
    if kind not in (*plain, "AmpOptimWrapper", "AutocastOptimWrapper"):
        raise InputError(f"--amp cannot replace optim_wrapper.type={kind!r}, use OptimWrapper")
    # Older devices (V100, T4) only emulate bfloat16, slower than float32.
    if torch.cuda.is_available() and not torch.cuda.is_bf16_supported(including_emulation=False):
        cfg.optim_wrapper.type = "AmpOptimWrapper"
    else:
        cfg.optim_wrapper.type = "AutocastOptimWrapper"


def _use_cpu_processes(cfg: Config) -> None:
    """Use gloo and a model wrapper without a device for several processes on CPUs."""
    env = cfg.get("env_cfg") or {}
    cfg.env_cfg = {**env, "dist_cfg": {**(env.get("dist_cfg") or {}), "backend": "gloo"}}
    # MMEngine reads the key only when it makes the wrapper's config itself.
    unused = cfg.get("find_unused_parameters", False)
    wrapper = dict(type="MMDistributedDataParallel", device_ids=None, find_unused_parameters=unused)
    cfg.setdefault("model_wrapper_cfg", wrapper)
