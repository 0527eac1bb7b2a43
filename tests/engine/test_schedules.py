"""Schedules of short trainings."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from loco_mm.engine.config_runner import ConfigRunner
from loco_mm.engine.schedules import begins_too_late, short_warmup

from ..comparing import CONFIGS


def loop_of(epochs, iterations, kind=EpochBasedTrainLoop):
    loop = object.__new__(kind)
    loop._max_epochs, loop._max_iters = epochs, epochs * iterations
    loop.dataloader = range(iterations)
    return loop


def runner_of(epochs, iterations, kind=EpochBasedTrainLoop):
    lines = []
    logger = SimpleNamespace(info=lines.append)
    loop = loop_of(epochs, iterations, kind)
    return SimpleNamespace(train_loop=loop, logger=logger, lines=lines)


WARMUP = dict(type="LinearLR", start_factor=0.1, end=5, convert_to_iter_based=True)
COSINE = dict(type="CosineAnnealingLR", begin=5, convert_to_iter_based=True)


@pytest.mark.parametrize(
    ("epochs", "iterations", "end"), [(45, 9, 5), (10, 9, 5), (6, 9, 3), (3, 9, 1.5), (1, 9, 1)]
)
def test_a_warmup_takes_at_most_half_of_the_training(epochs, iterations, end):
    runner = runner_of(epochs, iterations)
    found = short_warmup([WARMUP, COSINE], runner)
    assert (found[0]["end"], found[1]["begin"]) == (end, end)
    assert WARMUP["end"] == COSINE["begin"] == 5
    assert len(runner.lines) == (end != 5)


@pytest.mark.parametrize(
    ("schedulers", "runner"),
    [
        ([WARMUP], runner_of(2, 9)),  # ends with the training
        ([COSINE], runner_of(2, 9)),
        ([], runner_of(2, 9)),
        ([WARMUP, dict(COSINE, begin=0)], runner_of(2, 9)),
        ([dict(WARMUP, by_epoch=False), COSINE], runner_of(2, 9)),
        ([dict(WARMUP, end=1), dict(COSINE, begin=1)], runner_of(1, 9)),
        ([WARMUP, COSINE], runner_of(2, 9, IterBasedTrainLoop)),
    ],
)
def test_other_schedules_stay(schedulers, runner):
    assert short_warmup(schedulers, runner) is schedulers


def test_whole_epochs_stay_whole():
    schedulers = [dict(WARMUP, convert_to_iter_based=False), COSINE]
    assert short_warmup(schedulers, runner_of(5, 9))[0]["end"] == 2
    assert short_warmup(schedulers, runner_of(1, 9))[0]["end"] == 1


def test_a_scheduler_after_the_last_epoch_is_noticed():
    assert begins_too_late(COSINE, loop_of(5, 9))
    assert not begins_too_late(COSINE, loop_of(6, 9))
    assert not begins_too_late(dict(COSINE, end=9), loop_of(5, 9))


@pytest.mark.parametrize("epochs", [1, 2, 3])
@pytest.mark.parametrize(
    "config", sorted(path.stem for path in (CONFIGS / "_base_/schedules").glob("*.py"))
)
def test_each_schedule_reaches_its_learning_rate_in_a_few_epochs(config, epochs):
    runner = object.__new__(ConfigRunner)
    runner._train_loop = loop_of(epochs, 10)
    runner.logger = logging.getLogger(__name__)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    runner.optim_wrapper = OptimWrapper(optimizer)
    content = Config.fromfile(CONFIGS / f"_base_/schedules/{config}.py")
    schedulers = runner.build_param_scheduler(content.param_scheduler)
    rates = []
    for step in range(1, 10 * epochs + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            if not scheduler.by_epoch or step % 10 == 0:
                scheduler.step()
    assert max(rates) > 0.95
    # And falls again, unless the training is a warm-up only, or too short for the first step down.
    assert rates[-1] < 0.2 or epochs == 1 or "MultiStepLR" in str(content.param_scheduler)
