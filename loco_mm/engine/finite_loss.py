"""Stops or skips on a non-finite loss."""

from collections.abc import Sequence

import torch
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict
from mmengine.runner import Runner
from pydantic import NonNegativeInt, PositiveInt
from torch.optim import Optimizer

from ..arguments import checked
from ..errors import InputError
from ..registry import HOOKS


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stops training on a NaN or infinite loss, before a checkpoint is saved; or skips the step.

    When a step is skipped because a gradient is NaN or infinite, weights, moments and weight decay
    stay unchanged on all processes, as they share gradients.

    Args:
        interval: Number of iterations between checks. A check costs no extra synchronization, as
            MMEngine reads the losses in each iteration for its log. With ``max_skipped``, every
            iteration is checked.
        max_skipped: Maximum number of consecutive steps to skip, each with a warning that names its
            videos. One more stops the training; with 0, the first one does.
    """

    @checked
    def __init__(self, interval: PositiveInt = 1, max_skipped: NonNegativeInt = 0):
        self.interval = interval
        self.max_skipped = max_skipped
        self._in_a_row = 0
        # Whether the step since the last iteration was taken; None if there was none.
        self._taken: bool | None = None
        self._suspects: list[str] = []
        self._handles: list = []

    def before_train(self, runner: Runner) -> None:
        """Add the gradient check to the optimizer, if steps may be skipped."""
        if not self.max_skipped:
            return
        wrapper = runner.optim_wrapper
        parts = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
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
        """Check the loss.

        Raises:
            InputError: The loss is not finite; the message names the iteration and its videos.
        """
        if not self.max_skipped and not self.every_n_train_iters(runner, self.interval):
            return
        losses = {n: torch.as_tensor(v) for n, v in (outputs or {}).items() if "loss" in n}
        bad = [name for name, value in losses.items() if not torch.isfinite(value).all()]
        if self.max_skipped:
            self._skip(runner, bad, data_batch)
        elif bad:
            raise InputError(_message(runner, bad, _videos(data_batch)))

    def _skip(self, runner: Runner, bad: list[str], data_batch: dict | None) -> None:
        """Count skipped steps and log a warning for each."""
        taken, self._taken = self._taken, None
        videos = _videos(data_batch) if bad or taken is False else []
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
        self._in_a_row += 1
        if self._in_a_row > self.max_skipped:
            raise InputError(
                f"{_message(runner, bad, videos)}; default_hooks.finite_loss.max_skipped="
                f"{self.max_skipped} consecutive steps were skipped"
            )
        left = "the step is skipped" if taken is False else "the step will be skipped"
        runner.logger.warning(f"{_cause(runner, bad, videos)}: {left}")


def _videos(data_batch: dict | None) -> list[str]:
    samples = (data_batch or {}).get("data_samples", ())
    return [str(getattr(sample, "video_id", "?")) for sample in samples]


def _cause(runner: Runner, bad: Sequence[str], videos: Sequence[str]) -> str:
    return (
        f"training: {', '.join(bad)} became NaN or infinite at iteration {runner.iter + 1} "
        f"(epoch {runner.epoch + 1}), with the videos {', '.join(videos)}"
    )


def _message(runner: Runner, bad: Sequence[str], videos: Sequence[str]) -> str:
    return (
        f"{_cause(runner, bad, videos)}: look at their features, or lower "
        "optim_wrapper.optimizer.lr; the last checkpoint is from before"
    )
