"""Checks of a run's state before it is resumed."""

import copy
import re

import pytest
import torch

from loco_mm.engine.checkpoints.run_state import check_resumable
from loco_mm.errors import InputError

from ...conftest import options_of
from ...robustness.runs import build_all, tiny_cfg, train

NAN = float("nan")


@pytest.fixture(scope="module")
def saved(tiny_world, tmp_path_factory):
    """The checkpoint of a run of one epoch, and a run of two epochs that resumes from it."""
    folder, options = tmp_path_factory.mktemp("state"), options_of(tiny_world)
    train(tiny_cfg(options, folder / "a", **{"train_cfg.max_epochs": 1}))
    runner = build_all(tiny_cfg(options, folder / "b", **{"train_cfg.max_epochs": 2}))
    return torch.load(folder / "a" / "epoch_1.pth", weights_only=True), runner


def changed(content, place, value):
    """A copy with another value at a place; None removes the entry."""
    content = node = copy.deepcopy(content)
    *owners, last = place
    for key in owners:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return content


GROUP, FIRST = ("optimizer", "param_groups", 0), ("optimizer", "state", 0)
WARMUP, COSINE = ("param_schedulers", 0), ("param_schedulers", 1)
HUB, EMA = "message_hub", "ema_state_dict"
# Place, value, and expected message.
UNFIT = [
    (GROUP, "x", "optimizer.param_groups[0]: expected a dict, got 'x'"),
    ((*GROUP, "params"), [], "optimizer.param_groups[0].params: expected 60 entries, got 0"),
    (
        (*GROUP, "params"),
        None,
        "optimizer.param_groups: expected the options of AdamW, got none without params: use the",
    ),
    ((*GROUP, "lr"), "x", "optimizer.param_groups[0].lr: expected a number such as 2e-06, got 'x'"),
    (
        (*GROUP, "lr"),
        -0.1,
        "optimizer.param_groups[0].lr: expected a number such as 2e-06, got -0.1",
    ),
    (
        (*GROUP, "lr"),
        torch.ones(2),
        "optimizer.param_groups[0].lr: expected a number such as 2e-06, got tensor([1., 1.])",
    ),
    (
        (*GROUP, "eps"),
        NAN,
        "optimizer.param_groups[0].eps: expected a number such as 1e-08, got nan",
    ),
    ((*GROUP, "betas"), (0.9,), "optimizer.param_groups[0].betas: expected 2 entries, got 1"),
    ((*GROUP, "amsgrad"), True, "optimizer.param_groups[0].amsgrad: expected False, got True"),
    ((*GROUP, "maximize"), "x", "optimizer.param_groups[0].maximize: expected False, got 'x'"),
    (FIRST, [], "optimizer.state[0]: expected a dict for each of 193 parameters, got []"),
    (
        ("optimizer", "state", 10**6),
        {},
        "optimizer.state[1000000]: expected a dict for each of 193 parameters, got {}",
    ),
    ((*FIRST, "step"), {}, "optimizer.state[0].step: expected a tensor, got {}"),
    (
        (*FIRST, "exp_avg"),
        torch.ones(2),
        "optimizer.state[0].exp_avg: expected (8, 8, 3), got (2,)",
    ),
    (
        (*FIRST, "exp_avg_sq"),
        torch.tensor(NAN),
        "optimizer.state[0].exp_avg_sq: expected finite numbers, got NaN or infinity",
    ),
    (WARMUP, [1], "param_schedulers[0]: expected a dict, got [1]"),
    ((*WARMUP, "param_name"), "x", "param_schedulers[0].param_name: expected 'lr', got 'x'"),
    ((*WARMUP, "by_epoch"), 1, "param_schedulers[0].by_epoch: expected False, got 1"),
    (
        (*WARMUP, "_global_step"),
        -1,
        "param_schedulers[0]._global_step: expected a number such as 0, got -1",
    ),
    (
        (*WARMUP, "last_step"),
        float("inf"),
        "param_schedulers[0].last_step: expected a number such as 0, got inf",
    ),
    (
        (*COSINE, "end"),
        10,
        "param_schedulers[1].end: expected at least 20, as this run has it, got",
    ),
    ((*COSINE, "base_values"), [], "param_schedulers[1].base_values: expected 5 entries, got 0"),
    (
        (*COSINE, "_last_value", 0),
        "x",
        "param_schedulers[1]._last_value[0]: expected a number such as 2e-06, got 'x'",
    ),
    ((*COSINE, "eta_min"), None, "param_schedulers[1].eta_min: expected an entry, got none"),
    (
        (HUB, "runtime_info", "best_score"),
        {},
        "message_hub.runtime_info.best_score: expected a number, got {}",
    ),
    ((HUB, "resumed_keys", "epoch"), "x", "message_hub.resumed_keys.epoch: expected True, got 'x'"),
    (("meta", "iter"), -1, "meta.iter: expected an integer >= 0, got -1"),
    (("meta", "iter"), 10**12, "meta.iter is 1000000000000, message_hub.runtime_info.iter is 1"),
    (("meta", "epoch"), 10**6, "meta.epoch: expected at most train_cfg.max_epochs=2, got 1000000"),
    ((EMA, "steps"), 1.5, "ema_state_dict.steps: expected a tensor, got 1.5"),
    ((EMA,), torch.ones(2), "it has no ema_state_dict"),
]


def test_the_state_of_the_same_run_fits(saved):
    content, runner = saved
    check_resumable(content, "x.pth", runner)
    # Learning rate and length may differ.
    # So may the implementation of the optimizer, as on another device.
    others = (((*GROUP, "lr"), 0.5), ((*COSINE, "T_max"), 77), ((*GROUP, "fused"), True))
    for place, value in others:
        check_resumable(changed(content, place, value), "x.pth", runner)
    # Parameters without a gradient have no state.
    check_resumable(changed(content, FIRST, None), "x.pth", runner)


@pytest.mark.parametrize(("place", "value", "message"), UNFIT)
def test_a_state_of_another_kind_is_named(saved, place, value, message):
    content, runner = saved
    start = "checkpoint x.pth: cannot resume from it: "
    with pytest.raises(InputError, match="^" + re.escape(start) + ".*" + re.escape(message)):
        check_resumable(changed(content, place, value), "x.pth", runner)


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adafactor])
def test_any_optimizers_state_fits(saved, make):
    content, runner = saved
    runner = copy.copy(runner)
    runner.param_schedulers = None
    optimizer = make([torch.nn.Parameter(torch.ones(4, 6)), torch.nn.Parameter(torch.ones(5))])
    runner.optim_wrapper = type(runner.optim_wrapper)(optimizer)
    for parameter in optimizer.param_groups[0]["params"]:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    check_resumable(dict(content, optimizer=optimizer.state_dict()), "x.pth", runner)
