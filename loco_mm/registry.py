"""The toolbox's own registries: components of loco_mm are registered there directly."""

import inspect
from typing import Any

from mmaction.registry import (
    DATASETS,
    HOOKS,
    INFERENCERS,
    METRICS,
    MODELS,
    OPTIM_WRAPPERS,
    RUNNERS,
    TASK_UTILS,
    TRANSFORMS,
    VISUALIZERS,
)
from mmengine.registry import Registry

from .arguments import constructor_arguments
from .errors import InputError

__all__ = [
    "DATASETS",
    "EXTRACTORS",
    "HOOKS",
    "INFERENCERS",
    "METRICS",
    "MODELS",
    "OPTIM_WRAPPERS",
    "RUNNERS",
    "TASK_UTILS",
    "TRANSFORMS",
    "VISUALIZERS",
    "build_part",
    "find_type",
]

# The toolbox has none: what turns media files into features.
EXTRACTORS = Registry("extractor", scope="mmaction", locations=["loco_mm.features"])


def find_type(registry: Registry, kind: Any) -> Any:
    """What a config's ``type`` stands for: a name in a registry, or the class itself.

    Args:
        registry (Registry): Where a name is looked up.
        kind (Any): The ``type``.

    Returns:
        Any: A class or a function; None where the registry does not know the name.
    """
    if not isinstance(kind, str):
        return kind
    try:
        return registry.get(kind)
    except (RuntimeError, TypeError, ValueError):  # dots that name no module
        return None


def build_part(registry: Registry, config: dict, **shared):
    """Build a part of a model, with the values it shares with others.

    Args:
        registry (Registry): Where the part's type is found.
        config (dict): Its config.
        **shared: Values that follow from the rest of the model, given to the part where its
            constructor, or one of its ancestors' that it passes keys on to, has such an argument.

    Raises:
        InputError: The config gives one of them another value.
    """
    kind = find_type(registry, config.get("type"))
    if not inspect.isclass(kind):
        return registry.build(config)
    asked = constructor_arguments(kind)
    given = {name: value for name, value in shared.items() if name in asked}
    for name, value in given.items():
        if config.get(name, value) != value:
            raise InputError(
                f"{kind.__name__}.{name} is {config[name]}, but {value} follows from the rest of "
                "the model: leave it out, or change what it follows from"
            )
    return registry.build({**config, **given})
