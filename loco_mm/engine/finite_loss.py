"""Stops or skips on a non-finite loss."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner
from pydantic import NonNegativeInt
from torch.optim import Optimizer

from ..arguments import checked
from ..errors import InputError
from ..registry import HOOKS
from .deferred import read_values, single_wrappers, values_are_due


class _Iteration(NamedTuple):
    """An iteration whose losses are to be checked."""

    number: int
    epoch: int
    videos: list[str]
    losses: dict[str, Any]


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stops training on a NaN or infinite loss, before a checkpoint is saved; or skips the step.

    Losses are read when they are needed for the log anyway, see :func:`values_are_due`, and before
    each checkpoint, so that the host need not wait for the device in each iteration.

    When a step is skipped because a gradient is NaN or infinite, weights, moments and weight decay
    stay unchanged on all processes, as they share gradients.

    Args:
        max_skipped: Maximum number of consecutive steps to skip, each with a warning that names its
            videos. One more stops the training. With 0, none is skipped; otherwise losses and
            gradients are read in every iteration.
    """

    @checked
    def __init__(self, max_skipped: NonNegativeInt = 0):
        self.max_skipped = max_skipped
        self._pending: list[_Iteration] = []
        self._in_a_row = 0
        # Whether the step since the last iteration was taken; None if there was none.
        self._taken: bool | None = None
        self._suspects: list[str] = []
        self._handles: list = []

    def before_train(self, runner: Runner) -> None:
        """Add the gradient check to the optimizer, if steps may be skipped."""
        if not self.max_skipped:
            return
        parts = single_wrappers(runner.optim_wrapper)
        self._handles = [part.optimizer.register_step_pre_hook(self._check_step) for part in parts]

    def after_train(self, runner: Runner) -> None:
        """Remove the gradient check from the optimizer."""
        while self._handles:
            self._handles.pop().remove()

    def _check_step(self, optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
        """Remove all gradients if one is not finite: the optimizer then changes nothing."""
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        flags = [p.grad.isfinite().all() for p in parameters if p.grad is not None]
        finite = bool(torch.stack(flags).all()) if flags else True
        if not finite:
            optimizer.zero_grad(set_to_none=True)
        self._taken = finite and self._taken is not False

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Check the losses, if they are due.

        Raises:
            InputError: A loss is not finite; the message names the iteration and its videos.
        """
        losses = {name: value for name, value in (outputs or {}).items() if "loss" in name}
        this = _Iteration(runner.iter + 1, runner.epoch + 1, _videos(data_batch), losses)
        if self.max_skipped:
            self._skip(runner, this)
            return
        self._pending.append(this)
        if values_are_due(runner, batch_idx):
            self._check()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Check the losses since the last check.

        Raises:
            InputError: See :meth:`after_train_iter`.
        """
        self._check()

    def _check(self) -> None:
        pending, self._pending = self._pending, []
        for this, bad in zip(pending, _not_finite(pending), strict=True):
            if bad:
                raise InputError(_message(this, bad))

    def _skip(self, runner: Runner, this: _Iteration) -> None:
        """Count skipped steps and log a warning for each."""
        taken, self._taken = self._taken, None
        [bad] = _not_finite([this])
        videos = this.videos if bad or taken is False else []
        # With gradient accumulation, a step has the gradients of several iterations.
        self._suspects += videos if bad else []
        if taken is False:
            # All processes have skipped it, possibly because of the loss of only one.
            found: list = all_gather_object((bad, self._suspects, videos))
            bad = sorted({name for names, _, _ in found for name in names}) or ["gradients"]
            suspects = [video for _, some, _ in found for video in some]
            videos = suspects or [video for _, _, some in found for video in some]
        if taken is not None:
            self._suspects = []
        if not bad:
            if taken:
                self._in_a_row = 0
            return
        this = this._replace(videos=videos)
        self._in_a_row += 1
        if self._in_a_row > self.max_skipped:
            raise InputError(
                f"{_message(this, bad)}; default_hooks.finite_loss.max_skipped="
                f"{self.max_skipped} consecutive steps were skipped"
            )
        left = "the step is skipped" if taken is False else "the step will be skipped"
        runner.logger.warning(f"{_cause(this, bad)}: {left}")


def _not_finite(iterations: Sequence[_Iteration]) -> list[list[str]]:
    """Names of the losses of each iteration that are not finite."""
    rows = read_values([one.losses for one in iterations])
    return [[name for name, value in row.items() if not math.isfinite(value)] for row in rows]


def _videos(data_batch: dict | None) -> list[str]:
    samples = (data_batch or {}).get("data_samples", ())
    return [str(getattr(sample, "video_id", "?")) for sample in samples]


def _cause(this: _Iteration, bad: Sequence[str]) -> str:
    return (
        f"training: {', '.join(bad)} became NaN or infinite at iteration {this.number} "
        f"(epoch {this.epoch}), with the videos {', '.join(this.videos)}"
    )


def _message(this: _Iteration, bad: Sequence[str]) -> str:
    return (
        f"{_cause(this, bad)}: look at their features, or lower optim_wrapper.optimizer.lr; the "
        "last checkpoint is from before"
    )
