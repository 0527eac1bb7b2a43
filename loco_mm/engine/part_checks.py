"""The parts that a config names: their keys and values, before any of them is built.

A training builds nothing for the test; what is wrong there is told all the same.
"""

import inspect
from collections.abc import Iterator
from typing import Any

from mmaction import registry as toolbox
from mmengine.config import Config
from mmengine.registry import Registry

from ..arguments import check_arguments, constructor_arguments, takes_more
from ..errors import InputError
from ..schema import show
from .config_keys import check_keys, suggestion

_REGISTRIES: dict[str, Registry] = {
    "model": toolbox.MODELS,
    "dataset": toolbox.DATASETS,
    "datasets": toolbox.DATASETS,
    "pipeline": toolbox.TRANSFORMS,
    "transforms": toolbox.TRANSFORMS,
    "sampler": toolbox.DATA_SAMPLERS,
    "train_cfg": toolbox.LOOPS,
    "val_cfg": toolbox.LOOPS,
    "test_cfg": toolbox.LOOPS,
    "optim_wrapper": toolbox.OPTIM_WRAPPERS,
    "optimizer": toolbox.OPTIMIZERS,
    "param_scheduler": toolbox.PARAM_SCHEDULERS,
    "val_evaluator": toolbox.METRICS,
    "test_evaluator": toolbox.METRICS,
    "default_hooks": toolbox.HOOKS,
    "custom_hooks": toolbox.HOOKS,
    "visualizer": toolbox.VISUALIZERS,
    "vis_backends": toolbox.VISBACKENDS,
    "log_processor": toolbox.LOG_PROCESSORS,
    "model_wrapper_cfg": toolbox.MODEL_WRAPPERS,
}
_TOP = {
    *("model", "train_dataloader", "val_dataloader", "test_dataloader", "train_cfg", "val_cfg"),
    *("test_cfg", "optim_wrapper", "param_scheduler", "val_evaluator", "test_evaluator"),
    *("default_hooks", "custom_hooks", "visualizer", "log_processor", "model_wrapper_cfg"),
}
# Where a library that is not imported yet may have more.
_OPEN = (toolbox.MODELS, toolbox.DATASETS, toolbox.TRANSFORMS, toolbox.METRICS)
# Taken out before a constructor is called.
_NOT_PASSED_ON = {"type", "_scope_", "priority", "convert_to_iter_based", "constructor"}
_NOT_PASSED_ON |= {"paramwise_cfg"}


def check_parts(path: str, cfg: Config) -> None:
    """Check each part's keys and values against its constructor.

    Raises:
        InputError: Names the dotted key, and what was found and expected.
    """
    for place, part, registry in list_parts(cfg):
        kind = _kind(part["type"], registry)
        if kind is None and _is_certain(place, part):
            known = set(registry.module_dict) | set(getattr(registry.parent, "module_dict", ()))
            close = suggestion(part["type"], known)
            if close or registry not in _OPEN:
                raise InputError(
                    f"config {path}: {place}.type: {part['type']!r} found, which is no "
                    f"{registry.name}{close}"
                )
        if inspect.isclass(kind) and _is_known(place, kind):
            _check_part(path, place, part, kind)
        _check_pipeline(path, place, part)


def list_parts(node: Any, place: str = "", registry: Registry | None = None) -> Iterator[tuple]:
    """Parts below a node: dotted key, config, and the registry that their type is likely in."""
    if isinstance(node, (list, tuple)):
        for index, child in enumerate(node):
            yield from list_parts(child, f"{place}.{index}", registry)
    elif isinstance(node, (dict, Config)):
        if place and "type" in node:
            # A registry without components of its own is false.
            yield place, node, toolbox.MODELS if registry is None else registry
        for key, child in list(node.items()):
            if place or key in _TOP:
                # A model's sampler or test_cfg is its own, and a hook may have any name.
                named = place == "default_hooks" or place.split(".")[0] == "model"
                inside = registry if named else _REGISTRIES.get(key, registry)
                where = f"{place}.{key}" if place else str(key)
                yield from list_parts(child, where, inside)


def _kind(name: Any, registry: Registry) -> Any:
    if not isinstance(name, str):
        return name
    found = (r.get(name) for r in (registry, toolbox.MODELS, toolbox.TASK_UTILS))
    return next((kind for kind in found if kind is not None), None)


def _is_known(place: str, kind: type) -> bool:
    """Whether annotations tell what a part takes; of others it is told when they are built.

    MMEngine's schedulers say that they take integers, and take fractions of an epoch.
    """
    package = kind.__module__.split(".")[0]
    own = place.split(".")[0] in ("model", "param_scheduler")
    return package == "loco_mm" or (package == "mmengine" and not own)


def _is_certain(place: str, part: dict) -> bool:
    """Whether the type must be in the registry that the place says."""
    keys = [key for key in place.split(".") if not key.isdigit()]
    hook = keys[0] in ("default_hooks", "custom_hooks")
    known = keys[-1] in _REGISTRIES or (hook and len(keys) <= 2)
    return known and "." not in str(part["type"]) and "init_cfg" not in keys


def _check_part(path: str, place: str, part: dict, kind: type) -> None:
    values = {key: value for key, value in part.items() if key not in _NOT_PASSED_ON}
    if _is_closed(kind):
        check_keys(path, place, values, constructor_arguments(kind))
    ours = kind.__module__.startswith("loco_mm.")
    given = {k: v for k, v in values.items() if ours or v is not None}
    try:
        check_arguments(kind, given)
    except InputError as error:
        told = str(error).removeprefix(f"{kind.__name__}.")
        raise InputError(f"config {path}: {place}.{told}") from None


def _check_pipeline(path: str, place: str, part: dict) -> None:
    pipeline = part.get("pipeline", ())
    if not isinstance(pipeline, (list, tuple)):
        raise InputError(
            f"config {path}: {place}.pipeline: {show(pipeline)} found, a list expected"
        )
    for number, step in enumerate(pipeline):
        if not callable(step) and not (isinstance(step, dict) and "type" in step):
            raise InputError(
                f"config {path}: {place}.pipeline.{number}: {show(step)} found, a dict with a "
                "'type' expected"
            )


def _is_closed(kind: type) -> bool:
    """Whether what a constructor takes can be told from the outside."""
    if kind.__new__ is not object.__new__:
        return False
    for owner in kind.__mro__:
        if "__init__" not in vars(owner) or owner is object:
            continue
        if not takes_more(owner):
            return True
        if not owner.__module__.startswith("loco_mm."):
            return False  # what it does with other keys is its own
    return True
