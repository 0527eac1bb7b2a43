"""Values that stay on the device until they are needed."""

import copy
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import CheckpointHook, LoggerHook, RuntimeInfoHook
from mmengine.logging import MessageHub
from mmengine.model import ExponentialMovingAverage
from mmengine.optim import OptimWrapper
from torch import nn

from loco_mm.engine import DeferredInfoHook, DeferredOptimWrapper, ForeachMovingAverage
from loco_mm.engine.deferred import read_values, values_are_due


def run_of(name, hooks=(), length=7, max_iters=14, wrapper=None):
    return SimpleNamespace(
        hooks=list(hooks),
        iter=0,
        max_iters=max_iters,
        train_dataloader=range(length),
        message_hub=MessageHub.get_instance(name),
        optim_wrapper=wrapper,
    )


@pytest.mark.parametrize(
    ("hooks", "due"),
    [
        ([LoggerHook(interval=3)], [2, 5, 6, 9, 12, 13]),
        ([], [6, 13]),
        ([LoggerHook(interval=100), CheckpointHook(interval=4, by_epoch=False)], [3, 6, 7, 11, 13]),
        ([CheckpointHook(interval=1)], [6, 13]),
    ],
)
def test_values_are_due_for_log_checkpoint_and_the_end_of_an_epoch(hooks, due):
    run = run_of("due", hooks)
    found = []
    for run.iter in range(14):
        if values_are_due(run, run.iter % 7):
            found.append(run.iter)
    assert found == due


def test_the_last_iteration_of_a_training_is_due():
    run = run_of("last", length=100, max_iters=5)
    run.iter = 4
    assert values_are_due(run, 4)


def test_the_history_is_that_of_mmengine_s_hook():
    histories = []
    for kind in (RuntimeInfoHook, DeferredInfoHook):
        run, hook = run_of(f"history of {kind.__name__}", [LoggerHook(interval=3)]), kind()
        for run.iter in range(14):
            outputs = dict(loss=torch.rand(1, generator=torch.Generator().manual_seed(run.iter)))
            if run.iter % 2:
                outputs["lcf_tau"] = 0.5 * run.iter
            hook.after_train_iter(run, run.iter % 7, outputs=outputs)
            if kind is DeferredInfoHook and run.iter == 3:
                assert len(run.message_hub.get_scalar("train/loss").data[0]) == 3
        scalars = run.message_hub.log_scalars
        histories.append({name: buffer.data[0].tolist() for name, buffer in scalars.items()})
    assert histories[0] == histories[1]
    assert {len(values) for values in histories[0].values()} == {14, 7}


def test_values_keep_their_precision():
    single, double = torch.tensor(0.1), torch.tensor(0.1, dtype=torch.float64)
    rows = [dict(a=single, b=torch.tensor([3])), {}, dict(a=double, count=4)]
    assert read_values(rows) == [
        dict(a=single.item(), b=3),
        {},
        dict(a=double.item(), count=4),
    ]
    assert read_values([dict(x=double)]) == [dict(x=0.1)]
    assert read_values([]) == []


def model_and_wrapper(kind, **settings):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    return model, kind(torch.optim.AdamW(model.parameters(), lr=0.1), **settings)


@pytest.mark.parametrize("clip", [dict(max_norm=0.5), dict(type="value", clip_value=0.1), None])
def test_the_wrapper_clips_as_mmengine_s_and_keeps_the_norm(clip):
    found = []
    for kind in (OptimWrapper, DeferredOptimWrapper):
        hub = MessageHub.get_instance(f"norms of {kind.__name__} {clip}")
        model, wrapper = model_and_wrapper(kind, clip_grad=copy.copy(clip))
        wrapper.message_hub = hub
        run, hook = run_of(hub.instance_name, wrapper=wrapper), DeferredInfoHook()
        for run.iter in range(7):
            wrapper.update_params(model(torch.ones(2, 3)).square().sum())
            hook.after_train_iter(run, run.iter, outputs={})
        norms = [b.data[0].tolist() for n, b in hub.log_scalars.items() if "grad_norm" in n]
        found.append((norms, model.state_dict()))
    assert found[0][0] == found[1][0]
    assert len(found[0][0]) == (clip is not None and "max_norm" in clip)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=0, atol=0)


def test_a_resumed_run_keeps_its_own_implementation_of_the_optimizer():
    _, wrapper = model_and_wrapper(DeferredOptimWrapper)
    (group,) = copy.deepcopy(wrapper.state_dict()["param_groups"])
    group.update(fused=True, lr=0.5)
    wrapper.load_state_dict(dict(state={}, param_groups=[group]))
    assert wrapper.optimizer.param_groups[0]["lr"] == 0.5
    assert wrapper.optimizer.param_groups[0]["fused"] is None


class WithBuffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)


@pytest.mark.parametrize("settings", [{}, dict(interval=3), dict(update_buffers=True)])
def test_averages_are_bitwise_those_of_mmengine_also_after_a_resume(settings):
    torch.manual_seed(0)
    model = WithBuffers()
    one = ExponentialMovingAverage(model, momentum=0.02, **settings)
    other = ForeachMovingAverage(model, momentum=0.02, **settings)
    for step in range(9):
        with torch.no_grad():
            for x in (*model.parameters(), model.norm.running_mean):
                x.add_(torch.randn_like(x))
            model.norm.num_batches_tracked += 1
        one.update_parameters(model)
        other.update_parameters(model)
        states = [average.state_dict() for average in (one, other)]
        assert states[0].keys() == states[1].keys()
        torch.testing.assert_close(*states, rtol=0, atol=0)
        if step == 4:
            state = copy.deepcopy(states[1])
            other = ForeachMovingAverage(WithBuffers(), momentum=0.02, **settings)
            other.load_state_dict(state)
