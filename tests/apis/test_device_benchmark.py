"""What steps cost on a device."""

import copy
from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import init_default_scope

from loco_mm.apis import device_benchmark, load_config
from loco_mm.apis.device_benchmark import (
    TrainingStep,
    idle_share,
    mean_time,
    measure_step,
    videos_per_second,
)
from loco_mm.engine import compiling
from loco_mm.testing import shrink_model

from ..comparing import CONFIGS

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def cfg():
    init_default_scope("mmaction")
    cfg = load_config(str(CONFIGS / "loco_unav100_onepeace.py"))
    cfg.model = shrink_model(cfg.model)
    return cfg


@pytest.mark.parametrize(
    ("spans", "share"),
    [
        ([(0, 1), (1, 4)], 0),
        ([(3, 4), (0, 1)], 0.5),
        # Kernels that run at the same time, one of them within another.
        ([(0, 4), (1, 2), (3, 5), (9, 10)], 0.4),
        ([], 0),
    ],
)
def test_gaps_are_the_time_without_a_kernel(spans, share):
    assert idle_share(spans) == pytest.approx(share)


@pytest.mark.parametrize(("each", "steps"), [(0.25, 5), (10.0, 4), (0.001, 201)])
def test_a_mean_is_over_as_many_steps_as_take_a_second(monkeypatch, each, steps):
    clock = SimpleNamespace(now=0.0, calls=0)

    def step():
        clock.now += each
        clock.calls += 1

    monkeypatch.setattr(device_benchmark, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    assert mean_time(step, CPU, 1.0) == pytest.approx(each)
    assert clock.calls == steps


def test_a_step_trains_as_a_run_does(cfg):
    step = TrainingStep(cfg, 2, "float32", CPU)
    before = copy.deepcopy(step.model.state_dict())
    for _ in range(2):
        step()
    after = step.model.state_dict()
    name = "head.cls_tower.output.weight"
    assert not torch.equal(before[name], after[name])
    assert step.wrapper.grad_norm > 0
    assert step.averages.steps == 2
    assert not any(p.grad is not None and p.grad.any() for p in step.model.parameters())
    # Twice the batch has twice the operations, except for LCF's similarities between all steps.
    assert 1.9 < TrainingStep(cfg, 4, "float32", CPU).flops / step.flops < 2.2


def test_the_cost_of_a_step(cfg, monkeypatch):
    monkeypatch.setattr(device_benchmark, "mean_time", lambda *args: 0.5)
    monkeypatch.setattr(device_benchmark, "product_rate", lambda *args: 1e9)
    cost = measure_step(cfg, 2, "bfloat16", CPU)
    assert cost.share == pytest.approx(TrainingStep(cfg, 2, "float32", CPU).flops / 0.5 / 1e9)
    assert cost.seconds == 0.5 and cost.kernels > 1000
    assert cost.memory is None and cost.gaps is None
    assert (cost.compilation, cost.not_compiled) == (0, ())


def test_a_compiled_step(cfg, monkeypatch):
    monkeypatch.setattr(device_benchmark, "mean_time", lambda step, *args: step() or 0.5)
    monkeypatch.setattr(
        device_benchmark,
        "compile_model",
        lambda model, options: compiling.compile_model(model, dict(backend="eager")),
    )
    cfg = copy.deepcopy(cfg)
    cfg.model.pyramid.num_levels = 2
    cost = measure_step(cfg, 2, "float32", CPU, mode="default")
    # Tracing takes seconds, a step does not.
    assert cost.compilation > 1
    assert (cost.not_compiled, cost.kernels) == ((), None)


def test_rates_of_inference(cfg):
    network, whole = videos_per_second(cfg, 2, CPU)
    assert network > 0 and whole > 0
