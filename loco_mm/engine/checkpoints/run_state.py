"""Checks of a run's saved state before the run is resumed from it."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import torch
from mmengine.hooks import EMAHook
from mmengine.optim import OptimWrapper
from mmengine.runner import IterBasedTrainLoop
from torch import Tensor

from ...errors import InputError
from ...schema import show
from ..deferred import FORMS
from .checks import dtype_kind


def check_resumable(checkpoint: dict, path: str, runner) -> None:
    """Refuse to resume from a checkpoint without the complete state of a run.

    Args:
        checkpoint: Content of the checkpoint, in MMEngine's form.
        path: Path of the file, for the message.
        runner (Runner): The run, with its optimizer built.

    Raises:
        InputError: Something is missing or different; the message says how to fix it.
    """
    start = f"checkpoint {path}: cannot resume from it"
    if "config" in checkpoint.get("meta", {}):
        # MMEngine would execute it as a Python config.
        raise InputError(f"{start}: meta.config is a config as text, which could contain code")
    missing = [part for part in ("meta", "message_hub", "optimizer") if not checkpoint.get(part)]
    if missing:
        raise InputError(
            f"{start}: it has no {', '.join(missing)} (best_*.pth holds weights only): resume from "
            "an epoch_N.pth or iter_N.pth, or start a new training from its weights with load_from"
        )
    difference = (
        _of_hub(checkpoint["message_hub"])
        or _of_progress(checkpoint["meta"], checkpoint["message_hub"], runner.train_loop)
        or _of_optimizer(checkpoint["optimizer"], runner.optim_wrapper)
        or _of_schedulers(checkpoint.get("param_schedulers"), runner.param_schedulers)
        or _of_averages(checkpoint.get("ema_state_dict"), runner.hooks)
    )
    if difference:
        raise InputError(f"{start}: {difference}")


def _of_hub(hub: Mapping) -> str | None:
    for name in ("log_scalars", "runtime_info", "resumed_keys"):
        if not isinstance(hub.get(name), dict):
            return f"message_hub.{name} is no dict"
    for name, value in hub["runtime_info"].items():
        if str(name).startswith("best_score") and not _is_number(value):
            return f"message_hub.runtime_info.{name}: expected a number, got {show(value)}"
    wanted = dict.fromkeys(hub["resumed_keys"], True)
    return _difference(hub["resumed_keys"], wanted, "message_hub.resumed_keys")


def _of_progress(meta: Mapping, hub: Mapping, loop: Any) -> str | None:
    """Epoch and iteration are counts within this training's limits, and agree with the hub."""
    by_iter = isinstance(loop, IterBasedTrainLoop)
    limits = {"iter": loop.max_iters} if by_iter else {"epoch": loop.max_epochs}
    for name in ("epoch", "iter"):
        count, noted = meta.get(name), hub["runtime_info"].get(name)
        if not isinstance(count, int) or count < 0:
            return f"meta.{name}: expected an integer >= 0, got {show(count)}"
        if count > limits.get(name, count):
            return (
                f"meta.{name}: expected at most train_cfg.max_{name}s={limits[name]}, got {count}"
            )
        # The hub holds the number of completed ones, or the index of the current one.
        if noted is not None and (not _is_number(noted) or not 0 <= count - noted <= 1):
            return f"meta.{name} is {count}, message_hub.runtime_info.{name} is {show(noted)}"
    return None


def _of_optimizer(saved: Any, wrapper: Any) -> str | None:
    """The optimizer's groups and states match those of this run's optimizer."""
    if not isinstance(wrapper, OptimWrapper):
        return None  # several optimizers, of a custom constructor
    optimizer = wrapper.optimizer
    kind = type(optimizer).__name__
    own = [
        {**group, "params": list(range(len(group["params"])))} for group in optimizer.param_groups
    ]
    groups, states = (saved.get(n) for n in ("param_groups", "state"))
    if not isinstance(groups, list) or not isinstance(states, dict):
        return "optimizer holds no param_groups and state"
    compared = [{n: v for n, v in group.items() if n not in FORMS} for group in own]
    if difference := _difference(groups, compared, "optimizer.param_groups"):
        return difference
    for group, wanted in zip(groups, own, strict=True):
        foreign, missing = group.keys() - wanted.keys(), wanted.keys() - group.keys()
        # Other torch versions have some more or some fewer keys; another optimizer has both.
        if foreign and missing or "params" in missing:
            return (
                f"optimizer.param_groups: expected the options of {kind}, got "
                f"{', '.join(sorted(foreign)) or 'none'} without {', '.join(sorted(missing))}: use "
                "the optimizer it was trained with"
            )
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for number, entries in states.items():
        place = f"optimizer.state[{number}]"
        if number not in range(len(parameters)) or not isinstance(entries, dict):
            return _differs(
                place, show(entries), f"a dict for each of {len(parameters)} parameters"
            )
        for name, value in entries.items():
            if difference := _of_entry(value, parameters[number], f"{place}.{name}"):
                return difference
    return None


def _of_entry(value: Any, parameter: Tensor, place: str) -> str | None:
    """A state tensor has the shape of its parameter, or of a sum over some of its dimensions."""
    if not torch.is_tensor(value):
        return (
            None if value is None or _is_number(value) else _differs(place, show(value), "a tensor")
        )
    if value.ndim and any(a not in (1, b) for a, b in zip_longest(value.shape, parameter.shape)):
        return _differs(place, str(tuple(value.shape)), str(tuple(parameter.shape)))
    return (
        None
        if torch.isfinite(value).all()
        else _differs(place, "NaN or infinity", "finite numbers")
    )


def _of_schedulers(saved: Any, schedulers: Any) -> str | None:
    if not isinstance(schedulers, list):
        return None
    own = [scheduler.state_dict() for scheduler in schedulers]
    if difference := _difference(saved, own, "param_schedulers", all_keys=True):
        return difference
    for number, (scheduler, state) in enumerate(zip(schedulers, saved, strict=True)):
        if state["end"] < scheduler.end:
            return (
                f"param_schedulers[{number}].end: expected at least {scheduler.end}, as this "
                f"run has it, got {state['end']}: the learning rate would stay constant at its "
                "end: resume with the train_cfg it was trained with, or start a new training "
                "from it with load_from"
            )
    return None


def _of_averages(saved: Any, hooks: list) -> str | None:
    hook = next((hook for hook in hooks if isinstance(hook, EMAHook)), None)
    if hook is None:
        return None
    if not isinstance(saved, dict) or not saved:
        return (
            "it has no ema_state_dict, the averaged weights of this run's EMAHook: resume "
            "without that hook, or from another checkpoint"
        )
    return _difference(saved, hook.ema_model.state_dict(), "ema_state_dict", all_keys=True)


def _difference(found: Any, wanted: Any, place: str, all_keys: bool = False) -> str | None:
    """Description of the first difference between saved and current state; None if there is none.

    Numbers may differ in value. Strings, booleans and lengths may not.
    """
    if isinstance(wanted, Mapping):
        return _dict_difference(found, wanted, place, all_keys)
    if isinstance(wanted, (list, tuple)):
        return _list_difference(found, wanted, place, all_keys)
    if torch.is_tensor(wanted):
        return _tensor_difference(found, wanted, place)
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        if not _is_number(found) or found < 0 <= wanted:
            return _differs(place, show(found), f"a number such as {wanted}")
        return None
    is_same = type(found) is type(wanted) and found == wanted
    return None if is_same else _differs(place, show(found), show(wanted))


def _dict_difference(found: Any, wanted: Mapping, place: str, all_keys: bool) -> str | None:
    if not isinstance(found, dict):
        return _differs(place, show(found), "a dict")
    for name in wanted:
        if name not in found:
            if all_keys:
                return _differs(f"{place}.{name}", "none", "an entry")
        elif difference := _difference(found[name], wanted[name], f"{place}.{name}"):
            return difference
    foreign = next((name for name in found if name not in wanted), None)
    return _differs(f"{place}.{foreign}", "one", "no such entry") if all_keys and foreign else None


def _list_difference(found: Any, wanted: list | tuple, place: str, all_keys: bool) -> str | None:
    if not isinstance(found, (list, tuple)):
        return _differs(place, show(found), "a list")
    if len(found) != len(wanted):
        return _differs(place, str(len(found)), f"{len(wanted)} entries")
    parts = (
        _difference(*pair, f"{place}[{number}]", all_keys)
        for number, pair in enumerate(zip(found, wanted, strict=True))
    )
    return next(filter(None, parts), None)


def _tensor_difference(found: Any, wanted: Tensor, place: str) -> str | None:
    if not torch.is_tensor(found):
        return _differs(place, show(found), "a tensor")
    if found.shape != wanted.shape or dtype_kind(found) != dtype_kind(wanted):
        kinds = [f"{tuple(value.shape)} of {value.dtype}" for value in (found, wanted)]
        return _differs(place, *kinds)
    return (
        None
        if torch.isfinite(found).all()
        else _differs(place, "NaN or infinity", "finite numbers")
    )


def _differs(place: str, found: str, expected: str) -> str:
    return f"{place}: expected {expected}, got {found}: use the config it was trained with"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2.0**63
