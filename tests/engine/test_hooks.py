"""Hooks and the autocast wrapper."""

import json
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from loco_mm.engine import (
    AutocastOptimWrapper,
    CheckpointGuardHook,
    MainProcessLoggerHook,
    ResumableRandomnessHook,
)
from loco_mm.errors import InputError


class Loader:
    """A loader of ten batches whose dataset notes what it is told."""

    def __init__(self, told):
        self.dataset = SimpleNamespace(set_randomness=lambda *numbers: told.append(numbers))

    def __len__(self):
        return 10


def runner(told=None, **fields):
    loader = Loader([] if told is None else told)
    return SimpleNamespace(seed=3, rank=0, iter=0, epoch=0, train_dataloader=loader, **fields)


def draws(hook, **fields):
    run = runner()
    vars(run).update(fields)
    hook.before_train_iter(run, 0)
    return torch.rand(3).tolist()


def test_randomness_depends_on_seed_iteration_and_process_only():
    hook = ResumableRandomnessHook()
    first = draws(hook, iter=7)
    torch.rand(100)
    assert draws(hook, iter=7) == first
    assert draws(hook, iter=8) != first
    assert draws(hook, iter=7, rank=1) != first
    assert draws(hook, iter=7, seed=4) != first


def test_the_dataset_is_told_seed_and_epoch():
    told = []
    run = runner(told)
    run.epoch = 5
    ResumableRandomnessHook().before_train_epoch(run)
    # A loop by iterations stays in epoch 0.
    run.epoch, run.iter = 0, 23
    ResumableRandomnessHook().before_train_iter(run, 0)
    assert told == [(3, 5), (3, 2)]


@pytest.mark.parametrize("rank", [0, 1])
def test_the_figures_of_a_test_are_written_by_the_first_process_only(rank, tmp_path, monkeypatch):
    monkeypatch.setattr("mmengine.dist.utils.get_rank", lambda group=None: rank)
    figures = ({"unav100/mAP": 0.5}, "unav100/mAP: 0.5")
    hook = MainProcessLoggerHook()
    hook.json_log_path = "figures.json"
    hook.after_test_epoch(
        SimpleNamespace(
            log_processor=SimpleNamespace(get_log_after_epoch=lambda *_, **__: figures),
            logger=SimpleNamespace(info=lambda text: None),
            test_dataloader=[],
            log_dir=str(tmp_path),
        )
    )
    written = {p.name: json.loads(p.read_text()) for p in tmp_path.iterdir()}
    assert written == ({} if rank else {"figures.json": {"unav100/mAP": 0.5}})


def test_a_fitting_checkpoint_passes_also_with_a_wrapper_prefix():
    model = nn.Linear(2, 3)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    CheckpointGuardHook().after_load_checkpoint(runner(model=model), dict(state_dict=state))


def test_a_checkpoint_of_another_shape_is_refused_by_name():
    run = runner(model=nn.Linear(2, 3))
    other = dict(state_dict=nn.Linear(4, 3).state_dict())
    message = r"1 entries differ, the first is weight: \(3, 4\) found, \(3, 2\) expected"
    with pytest.raises(InputError, match=message):
        CheckpointGuardHook().after_load_checkpoint(run, other)
    CheckpointGuardHook(strict=False).after_load_checkpoint(run, other)


def test_missing_and_unexpected_entries_are_refused():
    run = runner(model=nn.Linear(2, 3))
    with pytest.raises(InputError, match="bias: nothing found"):
        CheckpointGuardHook().after_load_checkpoint(
            run, dict(state_dict=nn.Linear(2, 3, bias=False).state_dict())
        )
    with pytest.raises(InputError, match="nothing expected"):
        CheckpointGuardHook().after_load_checkpoint(
            runner(model=nn.Linear(2, 3, bias=False)),
            dict(state_dict=nn.Linear(2, 3).state_dict()),
        )


def test_autocast_runs_the_forward_pass_in_bfloat16_and_keeps_float32_weights():
    model = nn.Linear(4, 4)
    wrapper = AutocastOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = model.weight.clone()
    with wrapper.optim_context(model):
        out = model(torch.ones(2, 4))
    assert out.dtype == torch.bfloat16
    wrapper.update_params(out.float().square().sum())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)
