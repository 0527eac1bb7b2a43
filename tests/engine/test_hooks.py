"""Hooks and the autocast wrapper."""

import json
from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch import nn
from torch.utils.data import ConcatDataset, TensorDataset

from loco_mm.engine import (
    AutocastOptimWrapper,
    MainProcessLoggerHook,
    NumClassCheckHook,
    ResumableRandomnessHook,
    SetEpochHook,
)
from loco_mm.errors import InputError


class Loader:
    """A loader of ten batches whose dataset records what it receives."""

    num_workers = 0

    def __init__(self, received):
        self.dataset = SimpleNamespace(set_randomness=lambda *numbers: received.append(numbers))

    def __len__(self):
        return 10


def runner(received=None, loop=EpochBasedTrainLoop, **fields):
    loader = Loader([] if received is None else received)
    fields = dict(seed=3, rank=0, iter=0, epoch=0, train_dataloader=loader) | fields
    return SimpleNamespace(train_loop=object.__new__(loop), **fields)


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


def test_the_dataset_is_reported_seed_and_epoch():
    received = []
    run = runner(received, epoch=5)
    ResumableRandomnessHook().before_train_epoch(run)
    ResumableRandomnessHook().before_train_iter(run, 0)
    assert received == [(3, 5)]


def test_a_loop_by_iterations_tells_the_pass_of_the_batch_that_is_drawn_next():
    received = []
    run = runner(received, IterBasedTrainLoop, iter=10)
    ResumableRandomnessHook().before_train_epoch(run)
    for run.iter in (10, 18, 19, 20):
        ResumableRandomnessHook().before_train_iter(run, 0)
    assert received == [(3, 1), (3, 1), (3, 1), (3, 2), (3, 2)]


def test_workers_that_draw_ahead_in_a_loop_by_iterations_are_refused():
    run = runner(loop=IterBasedTrainLoop)
    ResumableRandomnessHook().before_train(run)
    run.train_dataloader.num_workers = 2
    with pytest.raises(
        InputError,
        match="num_workers: expected 0 with an iteration-based loop, as workers draw ahead and "
        "augmentation would not be repeatable, got 2",
    ):
        ResumableRandomnessHook().before_train(run)
    run.train_loop = object.__new__(EpochBasedTrainLoop)
    ResumableRandomnessHook().before_train(run)


def test_a_dataset_that_draws_by_itself_is_reported_about():
    warnings = []
    run = runner(logger=SimpleNamespace(warning=warnings.append))
    run.train_dataloader.dataset = ConcatDataset([TensorDataset(torch.zeros(3))])
    ResumableRandomnessHook().before_train(run)
    assert "TensorDataset draws its augmentation itself" in warnings[0]


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_classes_must_be_as_many_as_the_model_s(split):
    model = SimpleNamespace(num_classes=3)
    loader = SimpleNamespace(dataset=SimpleNamespace(metainfo=dict(classes=("a", "b", "c"))))
    run = SimpleNamespace(model=model, **{f"{split}_dataloader": loader})
    check = getattr(NumClassCheckHook(), f"before_{split}")
    check(run)
    model.num_classes = 4
    with pytest.raises(InputError, match=rf"expected 3, .* {split}_dataloader.*, got 4"):
        check(run)
    # A dataset of another project may have no classes.
    loader.dataset.metainfo = {}
    check(run)


def test_classes_of_each_task_must_be_as_many_as_its_model_s():
    model = SimpleNamespace(num_classes=1, others=dict(sounds=SimpleNamespace(num_classes=2)))
    metainfo = dict(classes=("a",), tasks=dict(sounds=dict(classes=("b", "c", "d"))))
    loader = SimpleNamespace(dataset=SimpleNamespace(metainfo=metainfo))
    run = SimpleNamespace(model=model, train_dataloader=loader)
    with pytest.raises(InputError, match=r"expected 3, .* train_dataloader.*\.sounds, got 2"):
        NumClassCheckHook().before_train(run)
    model.others["sounds"].num_classes = 3
    NumClassCheckHook().before_train(run)


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


def test_autocast_runs_the_forward_pass_in_bfloat16_and_keeps_float32_weights():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = nn.Linear(4, 4).to(device)
    wrapper = AutocastOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = model.weight.clone()
    with wrapper.optim_context(model):
        out = model(torch.ones(2, 4, device=device))
    assert out.dtype == torch.bfloat16
    wrapper.update_params(out.float().square().sum())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)


def test_parts_of_a_model_that_ask_for_it_are_reported_the_epoch():
    class Part(nn.Module):
        received = ()

        def set_epoch(self, epoch):
            self.received = (*self.received, epoch)

    asking = Part()
    # Inside a wrapper, too.
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(asking))
    for epoch in (0, 1, 4):
        SetEpochHook().before_train_epoch(runner(epoch=epoch, model=model))
    assert asking.received == (0, 1, 4)
