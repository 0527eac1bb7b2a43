"""A training whose loss is no number: it ends, or leaves such steps out."""

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
    """Ends a training whose loss is NaN or infinite, before a checkpoint is made of it.

    Or it leaves out the steps of such losses: weights, their moments and their decay stay as they
    are when a gradient is NaN or infinite, on all processes together, as gradients are shared.

    Args:
        interval: Iterations from one check to the next. MMEngine reads the losses for its
            log each iteration, so that the device has been waited for already. With
            ``max_skipped`` each iteration is checked.
        max_skipped: Iterations in a row whose step may be left out, each with a warning that
            names its videos; one more ends the training, as does the first with 0.
    """

    @checked
    def __init__(self, interval: PositiveInt = 1, max_skipped: NonNegativeInt = 0):
        self.interval = interval
        self.max_skipped = max_skipped
        self._in_a_row = 0
        # Of the step since the last iteration: taken, left out, or None of none.
        self._taken: bool | None = None
        self._suspects: list[str] = []
        self._handles: list = []

    def before_train(self, runner: Runner) -> None:
        """Watch the optimizer's steps, where they may be left out."""
        if not self.max_skipped:
            return
        wrapper = runner.optim_wrapper
        parts = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
        self._handles = [part.optimizer.register_step_pre_hook(self._check_step) for part in parts]

    def after_train(self, runner: Runner) -> None:
        """Leave the optimizer alone."""
        while self._handles:
            self._handles.pop().remove()

    def _check_step(self, optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
        """Take the gradients away when one is not finite: then the optimizer does nothing."""
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
            InputError: Names the iteration and the videos of its batch.
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
        """Count what was left out, and say so."""
        taken, self._taken = self._taken, None
        videos = _videos(data_batch) if bad or taken is False else []
        # A step can have the gradients of several iterations.
        self._suspects += videos if bad else []
        if taken is False:
            # All processes have left it out, perhaps for a loss of one of them alone.
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
                f"{self.max_skipped} in a row were left out"
            )
        left = "its step is left out" if taken is False else "its step will be left out"
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
