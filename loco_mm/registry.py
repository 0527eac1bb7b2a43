"""The toolbox's own registries: components of loco_mm are registered there directly."""

import inspect
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mmaction.registry import (
    DATA_SAMPLERS,
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
from .schema import show, show_place

__all__ = [
    "DATASETS",
    "DATA_SAMPLERS",
    "EXTRACTORS",
    "HOOKS",
    "INFERENCERS",
    "METRICS",
    "MODELS",
    "OPTIM_WRAPPERS",
    "PACKAGE",
    "RUNNERS",
    "TASK_UTILS",
    "TRANSFORMS",
    "VISUALIZERS",
    "build_part",
    "check_types",
    "find_type",
    "packages_of",
]

# The toolbox has none: what turns media files into features.
EXTRACTORS = Registry("extractor", scope="mmaction", locations=["loco_mm.features"])
# Whose parts any model may have.
PACKAGE = "loco_mm"


def _package_of(kind: Any) -> str | None:
    """The package that has registered a model or a part of one, None where none has.

    Only what is registered is looked up. :meth:`Registry.get` would import a module of that name.

    Args:
        kind (Any): A config's ``type``, which should be a name.
    """
    for registry in (MODELS, TASK_UTILS):
        for owner in (registry, registry.parent):
            if owner is not None and isinstance(kind, str) and kind in owner.module_dict:
                return owner.module_dict[kind].__module__.partition(".")[0]
    return None


def packages_of(config: Any) -> set[str]:
    """The packages that have registered the parts which a config names."""
    return {package for _, kind in _types(config) if (package := _package_of(kind))}


def check_types(config: Any, source: str, packages: Collection[str] = ()) -> None:
    """Refuse the config of a model whose parts are not all registered by known packages.

    So nothing is imported or called on the word of a config that somebody else has made.

    Args:
        config (Any): The config, plain data.
        source (str): What it is of, for the message.
        packages (Collection[str]): Packages that are known besides this one.

    Raises:
        InputError: Names the first other ``type``, or the scope of another registry.
    """
    known = [PACKAGE, *packages]
    for place, kind in _types(config):
        package = _package_of(kind)
        if place[-1] == "_scope_" or package not in known:
            whose = f", which {package} has registered" if package else ""
            raise InputError(
                f"{source}: {show_place(place)}: {show(kind)} found{whose}, the name of a part "
                f"that {' or '.join(known)} has registered expected"
            )


def _types(config: Any, place: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """What a registry would look up, with the keys and indices that lead to it."""
    if isinstance(config, Mapping):
        yield from (((*place, key), config[key]) for key in ("_scope_", "type") if key in config)
        items: Iterator = iter(config.items())
    else:
        items = enumerate(config) if isinstance(config, (list, tuple)) else iter(())
    for key, value in items:
        yield from _types(value, (*place, key))


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


def build_part(registry: Registry, config: Mapping, if_taken: Mapping[str, Any] = {}, /, **given):
    """Build a part of a model from its config and what the model hands over.

    Args:
        registry (Registry): Where the part's type is found.
        config (Mapping): Its config.
        if_taken (Mapping): What is handed over to a constructor that has such arguments, and to
            no other.
        **given: Arguments of its constructor that follow from the rest of the model.

    Raises:
        InputError: The config has one of them, too, or the constructor does not take one.
    """
    kind = find_type(registry, config.get("type"))
    taken = constructor_arguments(kind) if inspect.isclass(kind) else set()
    given |= {name: value for name, value in if_taken.items() if name in taken}
    for name in given if inspect.isclass(kind) else ():
        if name in config:
            raise InputError(
                f"{kind.__name__}.{name}: {show(config[name])} found, but it follows from the rest "
                "of the model: leave it out"
            )
        if name not in taken:
            raise InputError(
                f"{kind.__name__}: its constructor has no argument {name!r}, which the model hands "
                "over to the parts of this slot: add it"
            )
    return registry.build({**config, **given})
