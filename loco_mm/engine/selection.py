"""Compares selection of the best epoch on the validation and the test split."""

import logging
from typing import NamedTuple

import torch
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner, autocast

from ..arguments import checked
from ..errors import InputError
from ..registry import HOOKS
from .loaders import report_dead_workers

_STATE = "selection"


class Measured(NamedTuple):
    """A metric on both splits, after an epoch or, in an iteration-based loop, an iteration."""

    step: int
    val: float
    test: float


@HOOKS.register_module()
class SelectionHook(Hook):
    """Evaluates the test split after each validation, on the same weights, for comparison only.

    Many published results are from the epoch that is best on the test split. The checkpoint hook
    selects on the validation split. At the end, this hook logs the results of both selections, so
    that one can be reported and the other compared. Its measurements survive a resume.

    Args:
        key: Name of the metric, of which greater is better; ``'auto'`` uses the first metric.
    """

    # Before the EMA hook (by default NORMAL) restores the weights that are trained.
    priority = "ABOVE_NORMAL"

    @checked
    def __init__(self, key: str = "auto"):
        self.key = key
        self.measured: list[Measured] = []

    def before_train(self, runner: Runner) -> None:
        """Restore measurements from before a resume."""
        self.measured = _as_measured(runner.message_hub.runtime_info.get(_STATE), _step(runner)[1])

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Evaluate the test split, if the config has one.

        Raises:
            InputError: The metrics have no figure of that name.
        """
        if not isinstance(runner._train_loop, BaseLoop) or runner._test_loop is None:
            return  # validation without training
        val, test = metrics or {}, _measure(runner)
        key = next(iter(val), "") if self.key == "auto" else self.key
        for split, figures in dict(val=val, test=test).items():
            if key not in figures:
                raise InputError(
                    f"custom_hooks: SelectionHook.key: expected one of {list(figures)}, the "
                    f"figures of {split}_evaluator, got {self.key!r}"
                )
        row = Measured(_step(runner)[1], float(val[key]), float(test[key]))
        # A run that was stopped during a validation repeats it.
        self.measured = [m for m in self.measured if m.step < row.step] + [row]
        runner.message_hub.update_info(_STATE, [list(m) for m in self.measured])
        runner.logger.info(f"test split, for comparison only: {key} {row.test:.4f}")

    def after_train(self, runner: Runner) -> None:
        """Log the results of both selections."""
        for split in ("val", "test"):
            if self.measured:
                best = max(self.measured, key=lambda row: (getattr(row, split), -row.step))
                runner.logger.info(
                    f"selected on {split}: {_step(runner)[0]} {best.step}, val {best.val:.4f}, "
                    f"test {best.test:.4f}{' (for comparison only)' if split == 'test' else ''}"
                )


def _step(runner: Runner) -> tuple[str, int]:
    """Unit of the training loop, and its progress in that unit."""
    if isinstance(runner._train_loop, IterBasedTrainLoop):
        return "iteration", runner.iter
    return "epoch", runner.epoch


def _measure(runner: Runner) -> dict[str, float]:
    """Evaluate the test split without the hooks of a test."""
    loop = runner.test_loop
    runner.model.eval()
    amp = autocast(enabled=getattr(loop, "fp16", False))
    with torch.no_grad(), amp, report_dead_workers("test"):
        for batch in loop.dataloader:
            samples = runner.model.test_step(batch)
            loop.evaluator.process(data_samples=samples, data_batch=batch)
    level = runner.logger.level
    runner.logger.setLevel(logging.WARNING)  # suppresses the tables of the metrics
    try:
        return loop.evaluator.evaluate(len(loop.dataloader.dataset))
    finally:
        runner.logger.setLevel(level)


def _as_measured(state: object, step: int) -> list[Measured]:
    """Measurements up to a step, from the content of a checkpoint."""
    rows = state if isinstance(state, list) else []
    rows = [r for r in rows if isinstance(r, list) and len(r) == len(Measured._fields)]
    rows = [r for r in rows if all(isinstance(x, (int, float)) for x in r)]
    return [Measured(*r) for r in rows if r[0] <= step]
