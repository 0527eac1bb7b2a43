"""Two processes with a sharded model, compared with two that each have all of it."""

import argparse
import os
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.tensor import DTensor

from loco_mm.apis import load_config
from loco_mm.engine.runs import build_runner

from ..comparing import leave_processes

SHARDED = {"model_wrapper_cfg.type": "FSDP2"}
# A parameter without dimensions, which cannot be sharded as it is.
SCALAR = {"model.head.classifier": dict(type="LanguageClassifier", text_dim=4, feat_channels=8)}
SETTINGS = SCALAR | {
    "param_scheduler": None,
    "optim_wrapper.optimizer.lr": 0.01,
    "default_hooks.ema.momentum": 0.1,
    "train_cfg.val_interval": 2,
}

OTHERS = {
    "optim_wrapper.type": "AutocastOptimWrapper",
    "optim_wrapper.accumulative_counts": 2,
    "activation_checkpointing": ["encoder", "pyramid"],
}
# Graphs of forward and backward pass, whose operations are run without the compiler.
COMPILED = OTHERS | {"compile": dict(backend="aot_eager")}


def _resumed(work_dir):
    return dict(resume=True, load_from=str(work_dir / "sharded" / "epoch_1.pth"))


def _train(config, work_dir, options):
    cfg = load_config(str(config), SETTINGS | options)
    arguments = argparse.Namespace(
        config=str(config), launcher="pytorch", work_dir=str(work_dir / options["work_dir"])
    )
    runner = build_runner(cfg, arguments)
    runner.train()
    return runner


def _held(runner):
    """Elements of weights, of the optimizer's state and of averages that a process holds."""
    state = runner.optim_wrapper.optimizer.state.values()
    [average] = [hook.ema_model for hook in runner.hooks if hasattr(hook, "ema_model")]
    groups = (
        runner.model.parameters(),
        (value for values in state for key, value in values.items() if key != "step"),
        average.module.parameters(),
    )
    return [
        sum((x.to_local() if isinstance(x, DTensor) else x).numel() for x in group)
        for group in groups
    ]


def _run_process(rank, config, folder, runs):
    torch.set_num_threads(1)
    # Other tests may have added packages that do not fit this torch, of which MMEngine logs the
    # versions.
    sys.path[:] = [path for path in sys.path if Path(path).name != "extractors"]
    os.environ |= dict(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2")
    # Not used, as the processes meet in a file.
    os.environ |= dict(MASTER_ADDR="127.0.0.1", MASTER_PORT="0")
    store = dist.FileStore(str(folder / "store"), 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    held = {}
    for name, options in runs.items():
        held[name] = _held(_train(config, folder, options | dict(work_dir=name)))
    torch.save(held, folder / f"rank{rank}")
    leave_processes()


def _run(folder, config_text, runs):
    """Train with two processes, and note what each of them holds."""
    config = folder / "tiny.py"
    config.write_text(config_text)
    mp.spawn(_run_process, (config, folder, runs), nprocs=2)


@pytest.fixture(scope="module")
def folder(tiny_config_text, tmp_path_factory):
    """Work dirs of trainings."""
    folder = tmp_path_factory.mktemp("runs")
    runs = {
        "whole": {},
        "sharded": SHARDED,
        "resumed": SHARDED | _resumed(folder),
        "resumed-whole": _resumed(folder),
        "others-whole": OTHERS,
        "others-sharded": OTHERS | SHARDED,
    }
    _run(folder, tiny_config_text, runs)
    return folder


def _checkpoint(folder, name, epoch=2):
    found = torch.load(folder / name / f"epoch_{epoch}.pth", weights_only=False)
    return {key: found[key] for key in ("state_dict", "ema_state_dict", "optimizer")}


@pytest.mark.distributed
def test_weights_averages_and_moments_are_those_of_a_training_that_is_not_sharded(folder):
    wanted = _checkpoint(folder, "whole")
    assert wanted["state_dict"]["head.cls_tower.logit_scale"].shape == ()
    for name in ("sharded", "resumed-whole"):
        found = _checkpoint(folder, name)
        torch.testing.assert_close(found, wanted, atol=2e-5, rtol=1e-3)


@pytest.mark.distributed
def test_it_works_with_mixed_precision_accumulation_and_checkpointing(folder):
    found, wanted = (_checkpoint(folder, f"others-{name}") for name in ("sharded", "whole"))
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-2)


@pytest.mark.distributed
@pytest.mark.nightly
def test_it_works_with_compilation(tiny_config_text, tmp_path):
    _run(tmp_path, tiny_config_text, {"whole": COMPILED, "sharded": COMPILED | SHARDED})
    found, wanted = (_checkpoint(tmp_path, name) for name in ("sharded", "whole"))
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-2)
    [log] = (tmp_path / "sharded").glob("20*/*.log")
    assert "it is not compiled" not in log.read_text()


@pytest.mark.distributed
def test_a_resumed_run_equals_an_uninterrupted_one(folder):
    found, wanted = (_checkpoint(folder, name) for name in ("resumed", "sharded"))
    torch.testing.assert_close(found, wanted, atol=0, rtol=0)
    before = _checkpoint(folder, "sharded", epoch=1)["state_dict"]
    assert all((before[name] != new).any() for name, new in wanted["state_dict"].items())


@pytest.mark.distributed
def test_each_process_holds_its_half(folder):
    ranks = [torch.load(folder / f"rank{rank}") for rank in range(2)]
    for name in ("sharded", "resumed"):
        for whole, *parts in zip(ranks[0]["whole"], *(rank[name] for rank in ranks), strict=True):
            assert sum(parts) == whole
            assert max(parts) < 0.6 * whole
