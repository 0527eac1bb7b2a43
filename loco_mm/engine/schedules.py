"""Adapts the schedules of a config to a short training."""

from collections.abc import Sequence
from typing import Any

from mmengine.runner import BaseLoop, EpochBasedTrainLoop, Runner


def short_warmup(schedulers: Sequence[Any], runner: Runner) -> Sequence[Any]:
    """Let a warm-up take at most half of the training, but always an epoch.

    Args:
        schedulers: Configs. The first one is a warm-up if others begin where it ends.
        runner: Runner with the training loop.

    Returns:
        Sequence[Any]: The configs, with the end of the warm-up and the begin of those that follow
        it changed if necessary.
    """
    first, loop = (schedulers[0] if schedulers else None), runner.train_loop
    if not isinstance(first, dict) or not isinstance(loop, EpochBasedTrainLoop):
        return schedulers
    if not first.get("by_epoch", True) or "end" not in first:
        return schedulers
    end, epochs = first["end"], loop.max_epochs
    half = max(1, epochs / 2 if first.get("convert_to_iter_based") else epochs // 2)
    following = [
        number
        for number, config in enumerate(schedulers)
        if number and isinstance(config, dict) and config.get("begin") == end
    ]
    if end <= half or not following:
        return schedulers
    runner.logger.info(
        f"param_scheduler.0: warm-up shortened from {end} to {half:g} of {epochs} epochs"
    )
    changes = {0: {"end": half}, **{number: {"begin": half} for number in following}}
    return [{**config, **changes.get(n, {})} for n, config in enumerate(schedulers)]


def begins_too_late(scheduler: Any, loop: BaseLoop) -> bool:
    """Whether a scheduler begins after the end of the training."""
    if not isinstance(scheduler, dict) or "end" in scheduler:
        return False
    length = loop.max_epochs if scheduler.get("by_epoch", True) else loop.max_iters
    return scheduler.get("begin", 0) >= length
