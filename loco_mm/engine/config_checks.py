"""Keys that the toolbox takes without reading them."""

import difflib
import inspect
import logging
from collections.abc import Iterable

from mmengine.config import Config
from mmengine.hooks import CheckpointHook
from mmengine.logging import print_log
from mmengine.registry import OPTIMIZERS
from torch import nn

from ..errors import InputError
from ..registry import HOOKS, constructor_arguments

# What MMEngine's DefaultOptimWrapperConstructor looks for.
_PARAMWISE = {
    "bias_decay_mult",
    "bias_lr_mult",
    "bypass_duplicate",
    "custom_keys",
    "dcn_offset_lr_mult",
    "dwconv_decay_mult",
    "flat_decay_mult",
    "norm_decay_mult",
}
_DEFAULT_HOOKS = {
    "checkpoint",
    "logger",
    "param_scheduler",
    "runtime_info",
    "sampler_seed",
    "timer",
}


def suggestion(key: str, candidates: Iterable[str]) -> str:
    """``, did you mean …?``, or nothing where no candidate is close."""
    close = difflib.get_close_matches(key, sorted(candidates), n=1, cutoff=0.75)
    return f", did you mean {close[0]!r}?" if close else ""


def check_hooks(path: str, cfg: Config) -> None:
    """Check the hooks of a config.

    Raises:
        InputError: A default hook without a type, or a key that a checkpoint hook would keep for
            the first time it saves, and then fail.
    """
    hooks = {
        f"default_hooks.{name}": hook for name, hook in (cfg.get("default_hooks") or {}).items()
    }
    hooks |= {f"custom_hooks.{n}": hook for n, hook in enumerate(cfg.get("custom_hooks") or ())}
    for where, hook in hooks.items():
        if not isinstance(hook, dict):
            continue
        name = where.split(".")[1]
        if "type" not in hook:
            raise InputError(
                f"config {path}: {where} has no type{suggestion(name, _DEFAULT_HOOKS - {name})}"
            )
        kind = HOOKS.get(hook["type"]) if isinstance(hook["type"], str) else hook["type"]
        if inspect.isclass(kind) and issubclass(kind, CheckpointHook):
            _check_keys(path, where, hook, constructor_arguments(kind) | {"priority"})


def check_paramwise(path: str, cfg: Config) -> None:
    """Check what ``optim_wrapper.paramwise_cfg`` says to MMEngine's own constructor.

    Raises:
        InputError: A key that it does not look for.
    """
    wrapper = cfg.get("optim_wrapper") or {}
    paramwise = wrapper.get("paramwise_cfg") or {}
    if wrapper.get("constructor", "DefaultOptimWrapperConstructor") != (
        "DefaultOptimWrapperConstructor"
    ):
        return
    where = "optim_wrapper.paramwise_cfg"
    _check_keys(path, where, paramwise, _PARAMWISE)
    kind = wrapper.get("optimizer", {}).get("type")
    kind = OPTIMIZERS.get(kind) if isinstance(kind, str) else kind
    known = {"lr_mult", "decay_mult"}
    if inspect.isclass(kind):
        known |= constructor_arguments(kind)
    for name, settings in paramwise.get("custom_keys", {}).items():
        _check_keys(path, f"{where}.custom_keys.{name}", settings, known)


def check_custom_keys(cfg: Config, model: nn.Module) -> None:
    """Check that each of ``paramwise_cfg.custom_keys`` is part of a parameter's name.

    Raises:
        InputError: One that is close to a part of one. Any other is told in the log: parts of a
            recipe may be for parts that this model does not have.
    """
    names = [name for name, _ in model.named_parameters()]
    parts = {part for name in names for part in name.split(".")}
    paramwise = (cfg.get("optim_wrapper") or {}).get("paramwise_cfg") or {}
    for key in paramwise.get("custom_keys", {}):
        if any(key in name for name in names):
            continue
        text = f"optim_wrapper.paramwise_cfg.custom_keys.{key} is in no parameter's name"
        if close := suggestion(key, parts):
            raise InputError(f"{text}{close}")
        print_log(text, "current", logging.WARNING)


def _check_keys(path: str, where: str, found: dict, known: set[str]) -> None:
    for key in found:
        if key not in known | {"type"}:
            raise InputError(f"config {path}: nothing reads {where}.{key}{suggestion(key, known)}")
