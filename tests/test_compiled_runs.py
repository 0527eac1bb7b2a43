"""Compiled training: by config, with what else a config can ask for."""

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.engine import CheckedRunner
from loco_mm.errors import InputError

from .comparing import ROOT, assert_same_events, events_of
from .test_resume import assert_equal_states, train

pytestmark = pytest.mark.run

# It captures graphs of forward and backward pass, and runs their operations without the compiler.
CAPTURED = dict(backend="aot_eager")
ACCUMULATION = "mixed precision and accumulation"
CHECKPOINTING = "checkpointing of blocks and of a part"
WAYS = {
    ACCUMULATION: {
        "optim_wrapper.type": "AutocastOptimWrapper",
        "optim_wrapper.accumulative_counts": 2,
    },
    CHECKPOINTING: {
        "activation_checkpointing": ["pyramid.visual_blocks.0", "pyramid.audio_blocks.1", "neck"]
    },
}


@pytest.fixture
def cfg(tiny_options):
    options = tiny_options | {"default_hooks.checkpoint.save_best": None}
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.param_scheduler = []
    # With larger steps, rounding grows to another result within a few iterations.
    cfg.optim_wrapper.optimizer.lr = 1e-5
    return cfg


@pytest.mark.nightly
@pytest.mark.parametrize("way", [ACCUMULATION, CHECKPOINTING])
def test_weights_equal_those_of_a_training_without_compilation(cfg, tmp_path, way):
    cfg.merge_from_dict(WAYS[way])
    alone = train(cfg, tmp_path / "alone", 2)["state_dict"]
    cfg.compile = CAPTURED
    compiled = train(cfg, tmp_path / "compiled", 2)["state_dict"]
    log = next((tmp_path / "compiled").glob("*/*.log")).read_text()
    assert "it is not compiled" not in log
    for part in ("encoder", "pyramid", "neck", "head", "head.loss_by_truth", "modulator"):
        assert f"compile: {part} for training" in log
    assert alone.keys() == compiled.keys()
    for name, value in alone.items():
        torch.testing.assert_close(compiled[name], value, rtol=1e-3, atol=2e-5, msg=name)


def test_a_resumed_training_equals_an_uninterrupted_one(cfg, tmp_path):
    cfg.compile = CAPTURED
    whole = train(cfg, tmp_path / "whole", 2)
    train(cfg, tmp_path / "parts", 1)
    assert_equal_states(whole, train(cfg, tmp_path / "parts", 2, resume=True))


def test_checkpointed_modules_that_do_not_exist_are_named(cfg, tmp_path):
    cfg.work_dir = str(tmp_path)
    cfg.activation_checkpointing = ["neck.block"]
    with pytest.raises(
        InputError,
        match="^activation_checkpointing: expected names of modules of the model, got "
        "'neck.block', did you mean 'neck.blocks'",
    ):
        CheckedRunner.from_cfg(cfg).train()


def test_training_and_test_by_command(tiny_config, run_tool, tmp_path):
    config = tmp_path / "captured.py"
    config.write_text(tiny_config.read_text() + "\ncompile = dict(backend='aot_eager')\n")
    work = tmp_path / "work"
    status, out, err = run_tool("train.py", config, "--work-dir", work, "--compile")
    assert status == 0, err
    assert "compile: pyramid for training" in out + err
    assert "compile: pyramid for evaluation" in out + err
    found = []
    ways = dict(compiled=["--compile"], alone=["--cfg-options", "compile=False"])
    for name, option in ways.items():
        dump = tmp_path / f"{name}.json"
        arguments = [work / "epoch_2.pth", "--work-dir", tmp_path / name, "--dump", dump]
        status, out, err = run_tool("test.py", config, *arguments, *option)
        assert status == 0, err
        assert ("compile: pyramid for evaluation" in out + err) == (name == "compiled")
        found.append(events_of(dump))
    one, other = found
    assert one.keys() == other.keys()
    for name in one:
        assert_same_events(one[name], other[name], score=1e-4, segment=1e-4)
