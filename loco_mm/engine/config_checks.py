"""Keys that the toolbox takes without reading them."""

import inspect
import logging

from mmengine.config import Config
from mmengine.hooks import CheckpointHook
from mmengine.logging import print_log
from mmengine.registry import OPTIMIZERS
from mmengine.runner import Priority, get_priority
from torch import nn

from ..arguments import constructor_arguments
from ..errors import InputError
from ..registry import HOOKS, find_type
from .config_keys import check_keys, node_at, suggestion
from .run_schema import CONSTRUCTOR, Paramwise

_DEFAULT_HOOKS = {
    "checkpoint",
    "logger",
    "param_scheduler",
    "runtime_info",
    "sampler_seed",
    "timer",
}


def check_hooks(path: str, cfg: Config) -> None:
    """Check the hooks of a config.

    Raises:
        InputError: A default hook without a type, or with almost the name of one of MMEngine's;
            or a key that a checkpoint hook would keep for the first time it saves, and then fail.
    """
    given = node_at(cfg, "default_hooks")
    hooks = {f"default_hooks.{name}": hook for name, hook in given.items()}
    custom = cfg.get("custom_hooks") or ()
    if isinstance(custom, (list, tuple)):
        hooks |= {f"custom_hooks.{number}": hook for number, hook in enumerate(custom)}
    for where, hook in hooks.items():
        name = where.split(".")[1]
        close = suggestion(name, _DEFAULT_HOOKS - {name}, cutoff=0.85)
        if isinstance(hook, dict) and "type" not in hook:
            raise InputError(f"config {path}: {where} has no type{close}")
        if close and name not in _DEFAULT_HOOKS:
            # It would run beside the one that is meant.
            raise InputError(f"config {path}: {where} is no hook of the toolbox{close}")
        if not isinstance(hook, dict):
            continue
        try:
            get_priority(hook.get("priority", "NORMAL"))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"config {path}: {where}.priority: {hook['priority']!r} found, 0 to 100 or one of "
                f"{[priority.name for priority in Priority]} expected"
            ) from error
        kind = find_type(HOOKS, hook["type"])
        if inspect.isclass(kind) and issubclass(kind, CheckpointHook):
            check_keys(path, where, hook, constructor_arguments(kind) | {"priority"})


def check_paramwise(path: str, cfg: Config) -> None:
    """Check what ``optim_wrapper.paramwise_cfg`` says to MMEngine's own constructor.

    Raises:
        InputError: A key that it does not look for.
    """
    wrapper = node_at(cfg, "optim_wrapper")
    paramwise = node_at(wrapper, "paramwise_cfg")
    if wrapper.get("constructor", CONSTRUCTOR) != CONSTRUCTOR:
        return
    where = "optim_wrapper.paramwise_cfg"
    check_keys(path, where, paramwise, Paramwise.model_fields)
    kind = find_type(OPTIMIZERS, node_at(wrapper, "optimizer").get("type"))
    known = {"lr_mult", "decay_mult"}
    if inspect.isclass(kind):
        known |= constructor_arguments(kind)
    for name, settings in node_at(paramwise, "custom_keys").items():
        if isinstance(settings, dict):
            check_keys(path, f"{where}.custom_keys.{name}", settings, known)


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
