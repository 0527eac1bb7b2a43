"""Comparison of selection on either split."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, ValLoop
from torch import nn

from loco_mm.engine import SelectionHook
from loco_mm.errors import InputError


class Model(nn.Module):
    """Returns its batch."""

    def test_step(self, batch):
        assert not self.training
        assert not torch.is_grad_enabled()
        return [batch]


class Evaluator:
    """Its value is the next of the given ones; all data must have been seen."""

    def __init__(self, figures):
        self.figures, self.seen = list(figures), []

    def process(self, data_samples, data_batch):
        self.seen += data_samples

    def evaluate(self, size):
        assert self.seen == list(range(size))
        self.seen = []
        return dict(zip(("accuracy", "other"), self.figures.pop(0), strict=True))


class Loader(list):
    dataset = range(3)


class Log(logging.Handler):
    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


@pytest.fixture
def run(request):
    def make(test_figures, **fields):
        logger = logging.Logger(request.node.name, logging.INFO)
        logger.addHandler(log := Log())
        loop = SimpleNamespace(dataloader=Loader(range(3)), evaluator=Evaluator(test_figures))
        runner = SimpleNamespace(
            model=Model(),
            test_loop=loop,
            logger=logger,
            epoch=0,
            message_hub=MessageHub(request.node.name),
            _train_loop=object.__new__(EpochBasedTrainLoop),
            _val_loop=object.__new__(ValLoop),
            _test_loop=loop,
        )
        vars(runner).update(fields)
        return runner, log.texts

    return make


VAL = [(0.5, 1), (0.7, 2), (0.7, 3), (0.6, 4)]
TEST = [(0.9, 1), (0.6, 2), (0.8, 9), (0.9, 4)]


def epochs(runner, hook, rows, start=0):
    for number, row in enumerate(rows, start=start + 1):
        runner.epoch = number
        runner.model.train()
        hook.after_val_epoch(runner, dict(zip(("accuracy", "other"), row, strict=True)))


def test_both_selections_are_reported_at_the_end(run):
    runner, texts = run(TEST)
    hook = SelectionHook()
    hook.before_train(runner)
    epochs(runner, hook, VAL)
    assert texts[0] == "test split, for comparison only: accuracy 0.9000"
    hook.after_train(runner)
    # Of equal ones, the first is selected.
    assert texts[-2:] == [
        "selected on val: epoch 2, val 0.7000, test 0.6000",
        "selected on test: epoch 1, val 0.5000, test 0.9000 (for comparison only)",
    ]


def test_the_figure_is_a_setting(run):
    runner, texts = run(TEST)
    hook = SelectionHook(key="other")
    hook.before_train(runner)
    epochs(runner, hook, VAL)
    hook.after_train(runner)
    assert texts[-1].startswith("selected on test: epoch 3, val 3.0000, test 9.0000")
    hook.key = "third"
    runner.test_loop.evaluator.figures = [(1, 2)]
    with pytest.raises(
        InputError,
        match=r"SelectionHook\.key: expected one of \['accuracy', 'other'\], the figures of "
        r"val_evaluator, got 'third'",
    ):
        epochs(runner, hook, VAL[:1])


def test_what_was_measured_survives_a_resume(run):
    runner, _ = run(TEST)
    hook = SelectionHook()
    hook.before_train(runner)
    epochs(runner, hook, VAL[:3])
    # It resumes from the second epoch, whose validation is repeated.
    again, texts = run(TEST[1:], message_hub=runner.message_hub, epoch=2)
    hook = SelectionHook()
    hook.before_train(again)
    epochs(again, hook, VAL[1:], start=1)
    hook.after_train(again)
    assert [row.step for row in hook.measured] == [1, 2, 3, 4]
    assert texts[-1] == "selected on test: epoch 1, val 0.5000, test 0.9000 (for comparison only)"


@pytest.mark.parametrize("state", ["x", [1], [[1, 2]], [["a", "b", "c"]], [[1, None, 2]], {}])
def test_odd_states_of_a_checkpoint_are_left_out(run, state):
    runner, _ = run(TEST, epoch=9)
    runner.message_hub.update_info("selection", state)
    hook = SelectionHook()
    hook.before_train(runner)
    assert hook.measured == []


def test_without_a_test_split_nothing_is_measured(run):
    runner, texts = run(TEST, _test_loop=None)
    hook = SelectionHook()
    hook.before_train(runner)
    epochs(runner, hook, VAL)
    hook.after_train(runner)
    assert texts == []


def test_a_loop_by_iterations_is_reported_in_iterations(run):
    runner, texts = run(TEST, _train_loop=object.__new__(IterBasedTrainLoop), iter=0)
    hook = SelectionHook()
    hook.before_train(runner)
    for runner.iter, row in zip((50, 100, 150), VAL, strict=False):
        hook.after_val_epoch(runner, dict(zip(("accuracy", "other"), row, strict=True)))
    hook.after_train(runner)
    assert texts[-2] == "selected on val: iteration 100, val 0.7000, test 0.6000"


def test_a_validation_alone_measures_nothing(run):
    runner, texts = run(TEST, _train_loop=dict(type="EpochBasedTrainLoop"))
    SelectionHook().after_val_epoch(runner, dict(accuracy=1.0))
    SelectionHook().after_train(runner)
    assert texts == []
