"""The parts that a config names: their keys and values, before any of them is built.

A training builds nothing for the test; what is wrong there is told all the same.
"""

import inspect
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from mmaction import registry as toolbox
from mmengine.config import Config
from mmengine.registry import Registry
from pydantic import TypeAdapter

from ..arguments import check_arguments, constructing, constructor_arguments, expecting, takes_more
from ..errors import InputError
from ..registry import find_type
from ..schema import conform, show
from .config_keys import check_keys, suggestion

# What the runner builds, and what its parts hold.
_AT_TOP: dict[str, Registry] = {
    "model": toolbox.MODELS,
    "train_dataloader": toolbox.DATASETS,
    "val_dataloader": toolbox.DATASETS,
    "test_dataloader": toolbox.DATASETS,
    "train_cfg": toolbox.LOOPS,
    "val_cfg": toolbox.LOOPS,
    "test_cfg": toolbox.LOOPS,
    "optim_wrapper": toolbox.OPTIM_WRAPPERS,
    "param_scheduler": toolbox.PARAM_SCHEDULERS,
    "val_evaluator": toolbox.METRICS,
    "test_evaluator": toolbox.METRICS,
    "default_hooks": toolbox.HOOKS,
    "custom_hooks": toolbox.HOOKS,
    "visualizer": toolbox.VISUALIZERS,
    "log_processor": toolbox.LOG_PROCESSORS,
    "model_wrapper_cfg": toolbox.MODEL_WRAPPERS,
}
_INSIDE: dict[str, Registry] = {
    "model": toolbox.MODELS,
    "dataset": toolbox.DATASETS,
    "datasets": toolbox.DATASETS,
    "pipeline": toolbox.TRANSFORMS,
    "transforms": toolbox.TRANSFORMS,
    "sampler": toolbox.DATA_SAMPLERS,
    "optimizer": toolbox.OPTIMIZERS,
    "vis_backends": toolbox.VISBACKENDS,
}
_STEP = expecting(
    "a dict with a 'type'",
    lambda step: callable(step) or (isinstance(step, dict) and "type" in step),
)
_PIPELINE = TypeAdapter(Sequence[Annotated[Any, _STEP]])
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
        if part["type"] == "" or not (isinstance(part["type"], str) or callable(part["type"])):
            if _is_certain(place, part):
                found = f"{place}.type: {show(part['type'])}"
                raise InputError(f"config {path}: {found} found, a name or a class expected")
            continue
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
        if "pipeline" in part:
            where = (place, "pipeline")
            conform(_PIPELINE, part["pipeline"], f"config {path}", where, dotted=True)


def list_parts(cfg: Config | dict) -> Iterator[tuple[str, dict, Registry]]:
    """Parts of a run: dotted key, config, and the registry that their type is likely in."""
    for key, node in cfg.items():
        if key in _AT_TOP:
            yield from _parts_below(node, key, _AT_TOP[key])


def _parts_below(node: Any, place: str, registry: Registry) -> Iterator[tuple[str, dict, Registry]]:
    if isinstance(node, (list, tuple)):
        for index, child in enumerate(node):
            yield from _parts_below(child, f"{place}.{index}", registry)
    elif isinstance(node, dict):
        if "type" in node:
            yield place, node, registry
        # A model's sampler is its own, and a hook may have any name.
        named = place == "default_hooks" or place.split(".")[0] == "model"
        for key, child in list(node.items()):
            inside = registry if named else _INSIDE.get(key, registry)
            yield from _parts_below(child, f"{place}.{key}", inside)


def _kind(name: Any, registry: Registry) -> Any:
    found = (find_type(r, name) for r in (registry, toolbox.MODELS, toolbox.TASK_UTILS))
    return next((kind for kind in found if kind is not None), None)


def _is_known(place: str, kind: type) -> bool:
    """Whether annotations tell what a part takes; of others it is told when they are built.

    MMEngine's schedulers say that they take integers, and take fractions of an epoch.
    """
    own = place.split(".")[0] in ("model", "param_scheduler")
    return _is_ours(kind) or (kind.__module__.split(".")[0] == "mmengine" and not own)


def _is_ours(kind: type) -> bool:
    return kind.__module__.split(".")[0] == "loco_mm"


def _is_certain(place: str, part: dict) -> bool:
    """Whether the type must be in the registry that the place says."""
    keys = [key for key in place.split(".") if not key.isdigit()]
    hook = keys[0] in ("default_hooks", "custom_hooks")
    known = keys[-1] in {**_AT_TOP, **_INSIDE} or (hook and len(keys) <= 2)
    elsewhere = isinstance(part["type"], str) and "." in part["type"]
    return known and not elsewhere and "init_cfg" not in keys


def _check_part(path: str, place: str, part: dict, kind: type) -> None:
    values = {key: value for key, value in part.items() if key not in _NOT_PASSED_ON}
    if _is_closed(kind):
        check_keys(path, place, values, constructor_arguments(kind))
    given = {k: v for k, v in values.items() if _is_ours(kind) or v is not None}
    try:
        check_arguments(kind, given)
    except InputError as error:
        told = str(error).removeprefix(f"{kind.__name__}.")
        raise InputError(f"config {path}: {place}.{told}") from None


def _is_closed(kind: type) -> bool:
    """Whether what a constructor takes can be told from the outside.

    What someone else's does with keys that it does not name is its own.
    """
    owners = [owner for owner in constructing(kind) if owner is not object]
    told = all(_is_ours(owner) or not takes_more(owner) for owner in owners)
    return told and kind.__new__ is object.__new__
