"""Checks of the runner before it builds a part; see also the bad configs."""

import logging

import pytest
from mmengine.hooks import EMAHook, Hook
from torch import nn

from loco_mm.engine.config_runner import ConfigRunner
from loco_mm.errors import InputError
from loco_mm.registry import HOOKS

from ..robustness.runs import build_all, tiny_cfg

pytestmark = pytest.mark.run


def error_message(cfg):
    with pytest.raises(InputError) as error:
        build_all(cfg)
    return str(error.value)


@HOOKS.register_module(force=True)
class TheirHook(Hook):
    """A hook of another project with a bug."""

    def __init__(self, first=False):
        if first:
            int("x")

    def before_run(self, runner):
        int("y")


def test_all_of_what_a_use_needs_or_none(tiny_options, tmp_path):
    assert error_message(tiny_cfg(tiny_options, tmp_path, val_cfg=None)) == (
        "val_cfg: expected a dict, to validate with val_dataloader, val_cfg, val_evaluator, got "
        "None: set all of them, or none"
    )


def test_settings_for_parameters_that_are_not_there(tiny_options, tmp_path, caplog):
    cfg = tiny_cfg(tiny_options, tmp_path, **{"model.modulator": None})
    keys = cfg.optim_wrapper.paramwise_cfg.custom_keys
    with caplog.at_level(logging.WARNING):
        build_all(cfg)
    keys.adaptor = keys.adapter
    place = "optim_wrapper.paramwise_cfg.custom_keys.adaptor"
    assert error_message(cfg) == f"{place}: no parameter name contains it, did you mean 'adapter'?"


def test_another_constructor_reads_its_own_keys(tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path)
    cfg.optim_wrapper.paramwise_cfg.mine = 3
    assert "unknown key 'mine'" in error_message(cfg)
    runner = ConfigRunner.from_cfg(cfg)
    with pytest.raises(InputError, match="optim_wrapper: .*Mine is not in the"):
        runner.build_optim_wrapper({**cfg.optim_wrapper, "constructor": "Mine"})


def test_hooks_keep_their_priority_and_their_key(tiny_options, tmp_path):
    hook = dict(type="EMAHook", momentum=0.5, priority="LOW")
    runner = ConfigRunner.from_cfg(tiny_cfg(tiny_options, tmp_path / "a", custom_hooks=[hook]))
    priorities = [one.priority for one in runner.hooks if isinstance(one, EMAHook)]
    assert priorities == ["NORMAL", "LOW"]
    cfg = tiny_cfg(tiny_options, tmp_path / "b", custom_hooks=[dict(hook, momentum=3)])
    assert error_message(cfg).startswith("custom_hooks.0: cannot be built from {'momentum': 3, ")
    cfg.custom_hooks[0] = dict(type="MainProcessLoggerHook", intervl=3)
    assert error_message(cfg) == "custom_hooks.0: unknown key 'intervl', did you mean 'interval'?"


@pytest.mark.parametrize("first", [True, False])
def test_a_bug_in_someone_elses_hook_keeps_its_traceback(tiny_options, tmp_path, first):
    hook = dict(type="TheirHook", first=first)
    with pytest.raises(ValueError, match="invalid literal") as error:
        build_all(tiny_cfg(tiny_options, tmp_path, custom_hooks=[hook]))
    assert not isinstance(error.value, InputError)


def test_what_is_built_already_is_taken_as_it_is(tiny_options, tmp_path):
    runner = build_all(tiny_cfg(tiny_options, tmp_path))
    assert runner.build_train_loop(runner.train_loop) is runner.train_loop
    assert runner.build_val_loop(runner.val_loop) is runner.val_loop
    model = nn.Linear(1, 1)
    assert runner.build_model(model) is model
    loader = runner.train_dataloader
    runner._train_dataloader, settings = loader, dict(type="EpochBasedTrainLoop", max_epochs=1)
    assert runner.build_train_loop(settings).dataloader is loader
