"""What a run's state may be for the run to go on from it."""

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
    """The checkpoint of a run of one epoch, and a run of two that is to go on from it."""
    folder, options = tmp_path_factory.mktemp("state"), options_of(tiny_world)
    train(tiny_cfg(options, folder / "a", **{"train_cfg.max_epochs": 1}))
    runner = build_all(tiny_cfg(options, folder / "b", **{"train_cfg.max_epochs": 2}))
    return torch.load(folder / "a" / "epoch_1.pth", weights_only=True), runner


def changed(content, place, value):
    """A copy with another value at a place; with None as the value, without it."""
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
# Place, value, and what is told of it.
UNFIT = [
    (GROUP, "x", "optimizer.param_groups[0]: 'x' found, a dict expected"),
    ((*GROUP, "params"), [], "optimizer.param_groups[0].params: 0 entries found, 1 expected"),
    ((*GROUP, "params"), None, "this run's AdamW params"),
    ((*GROUP, "lr"), "x", "optimizer.param_groups[0].lr: 'x' found, a number such as "),
    ((*GROUP, "lr"), -0.1, "optimizer.param_groups[0].lr: -0.1 found, a number such as "),
    ((*GROUP, "lr"), torch.ones(2), "optimizer.param_groups[0].lr: tensor([1., 1.]) found"),
    ((*GROUP, "eps"), NAN, "optimizer.param_groups[0].eps: nan found, a number such as 1e-08"),
    ((*GROUP, "betas"), (0.9,), "optimizer.param_groups[0].betas: 1 entries found, 2 expected"),
    ((*GROUP, "amsgrad"), True, "optimizer.param_groups[0].amsgrad: True found, False expected"),
    ((*GROUP, "foreach"), "x", "optimizer.param_groups[0].foreach: 'x' found, None expected"),
    (FIRST, [], "optimizer.state[0]: [] found, a dict for each of "),
    (("optimizer", "state", 10**6), {}, "optimizer.state[1000000]: {} found, a dict for each of "),
    ((*FIRST, "step"), {}, "optimizer.state[0].step: {} found, a tensor expected"),
    ((*FIRST, "exp_avg"), torch.ones(2), "optimizer.state[0].exp_avg: (2,) found, "),
    ((*FIRST, "exp_avg_sq"), torch.tensor(NAN), "optimizer.state[0].exp_avg_sq: NaN or infinity"),
    (WARMUP, [1], "param_schedulers[0]: [1] found, a dict expected"),
    ((*WARMUP, "param_name"), "x", "param_schedulers[0].param_name: 'x' found, 'lr' expected"),
    ((*WARMUP, "by_epoch"), 1, "param_schedulers[0].by_epoch: 1 found, False expected"),
    ((*WARMUP, "_global_step"), -1, "param_schedulers[0]._global_step: -1 found"),
    ((*WARMUP, "last_step"), float("inf"), "param_schedulers[0].last_step: inf found"),
    (
        (*COSINE, "end"),
        10,
        "param_schedulers[1].end: expected at least 20, as this run has it, got",
    ),
    ((*COSINE, "base_values"), [], "param_schedulers[1].base_values: 0 entries found, "),
    ((*COSINE, "_last_value", 0), "x", "param_schedulers[1]._last_value[0]: 'x' found"),
    ((*COSINE, "eta_min"), None, "param_schedulers[1].eta_min: no entry found, one expected"),
    ((HUB, "runtime_info", "best_score"), {}, "message_hub.runtime_info.best_score: {} found"),
    ((HUB, "resumed_keys", "epoch"), "x", "message_hub.resumed_keys.epoch: 'x' found"),
    (("meta", "iter"), -1, "meta.iter is -1, a count expected"),
    (("meta", "iter"), 10**12, "meta.iter is 1000000000000, message_hub.runtime_info.iter is 1"),
    (("meta", "epoch"), 10**6, "meta.epoch is 1000000, train_cfg.max_epochs=2 at most expected"),
    ((EMA, "steps"), 1.5, "ema_state_dict.steps: 1.5 found, a tensor expected"),
    ((EMA,), torch.ones(2), "it has no ema_state_dict"),
]


def test_the_state_of_the_same_run_fits(saved):
    content, runner = saved
    check_resumable(content, "x.pth", runner)
    # A rate and a length that differ are values of the run that goes on.
    for place, value in (((*GROUP, "lr"), 0.5), ((*COSINE, "T_max"), 77)):
        check_resumable(changed(content, place, value), "x.pth", runner)
    # Of a parameter without a gradient nothing is kept.
    check_resumable(changed(content, FIRST, None), "x.pth", runner)


@pytest.mark.parametrize(("place", "value", "told"), UNFIT)
def test_a_state_of_another_kind_is_named(saved, place, value, told):
    content, runner = saved
    start = "checkpoint x.pth: a run cannot go on from it: "
    with pytest.raises(InputError, match="^" + re.escape(start) + ".*" + re.escape(told)):
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
