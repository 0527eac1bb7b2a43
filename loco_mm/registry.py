"""Registries of the toolbox, with which the components of loco_mm are registered directly."""

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mmaction.registry import (
    DATA_SAMPLERS,
    DATASETS,
    HOOKS,
    INFERENCERS,
    METRICS,
    MODELS,
    OPTIM_WRAPPER_CONSTRUCTORS,
    OPTIM_WRAPPERS,
    RUNNERS,
    TASK_UTILS,
    TRANSFORMS,
    VISBACKENDS,
    VISUALIZERS,
)
from mmengine.registry import MODEL_WRAPPERS, Registry

from .arguments import check_arguments, closed_arguments, constructor_arguments, package_of
from .errors import InputError
from .schema import show, show_place
from .text import printable, suggestion

__all__ = [
    "DATASETS",
    "DATA_SAMPLERS",
    "EXTRACTORS",
    "HOOKS",
    "INFERENCERS",
    "METRICS",
    "MODEL_WRAPPERS",
    "MODELS",
    "OPTIM_WRAPPERS",
    "OPTIM_WRAPPER_CONSTRUCTORS",
    "PACKAGE",
    "RUNNERS",
    "TASK_UTILS",
    "TRANSFORMS",
    "VISBACKENDS",
    "VISUALIZERS",
    "build_part",
    "building",
    "check_keys",
    "check_part",
    "check_types",
    "find_type",
    "is_of_toolbox",
    "packages_of",
]

# Extractors turn media files into features. The toolbox has no registry for them.
EXTRACTORS = Registry("extractor", scope="mmaction", locations=["loco_mm.features"])
# Packages whose parts any model may use.
PACKAGE = "loco_mm"
# Packages whose constructors raise understandable errors for bad arguments.
_TOOLBOX = {PACKAGE, "mmaction", "mmcv", "mmengine", "torch"}
_BUILD_ERRORS = (
    *(ValueError, TypeError, AssertionError, AttributeError, RuntimeError, LookupError),
    *(ArithmeticError, NotImplementedError, SyntaxError),
)
# Dotted key of the part that is being built.
_KEY: ContextVar[str] = ContextVar("_KEY", default="")


def _package_of(kind: Any) -> str | None:
    """Name of the package that registered a model or a part of one; None if none has.

    Only registered names are looked up. :meth:`Registry.get` would import a module of that name.

    Args:
        kind: The ``type`` of a config, which should be a name.
    """
    for registry in (MODELS, TASK_UTILS):
        for owner in (registry, registry.parent):
            if owner is not None and isinstance(kind, str) and kind in owner.module_dict:
                return package_of(owner.module_dict[kind])
    return None


def packages_of(config: Any) -> set[str]:
    """Packages that registered the parts in a config."""
    return {package for _, kind in _types(config) if (package := _package_of(kind))}


def check_types(config: Any, source: str, packages: Collection[str] = ()) -> None:
    """Refuse a model config with parts that no known package has registered.

    A config from an untrusted source can then neither import nor call anything else.

    Args:
        config: The config, plain data.
        source: Source of the config, for the message.
        packages: Known packages in addition to this one.

    Raises:
        InputError: There is another ``type``, or a scope of another registry; the message names
            the first.
    """
    known = [PACKAGE, *packages]
    for place, kind in _types(config):
        package = _package_of(kind)
        if place[-1] == "_scope_" or package not in known:
            owner = f" of {package}" if package else ""
            raise InputError(
                f"{source}: {show_place(place)}: expected a component of {' or '.join(known)}, got "
                f"{show(kind)}{owner}"
            )


def _types(config: Any, place: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """All values that a registry would look up, with the keys and indices that lead to them."""
    if isinstance(config, Mapping):
        yield from (((*place, key), config[key]) for key in ("_scope_", "type") if key in config)
        items: Iterator = iter(config.items())
    else:
        items = enumerate(config) if isinstance(config, (list, tuple)) else iter(())
    for key, value in items:
        yield from _types(value, (*place, key))


def find_type(registry: Registry, kind: Any) -> Any:
    """Class or function of a config's ``type``, which is a registered name or the class itself.

    Args:
        registry: Registry in which a name is looked up.
        kind: The ``type``.

    Returns:
        Any: A class or a function; None if the name is not registered.
    """
    if not isinstance(kind, str):
        return kind
    try:
        return registry.get(kind)
    except (RuntimeError, TypeError, ValueError):  # a dotted name that is not a module
        return None


def build_part(
    registry: Registry, config: Mapping, key: str, if_taken: Mapping[str, Any] = {}, /, **given
):
    """Build a part from its config and the arguments that its owner passes.

    Args:
        registry: Registry of the part's type.
        config: Config of the part.
        key: Key of the config within its owner's config.
        if_taken: Arguments that are passed only if the constructor has them.
        **given: Arguments of the constructor that are determined by the rest of the model.

    Raises:
        InputError: The type is unknown, the constructor does not have a key, a key is also passed
            by the owner, or a value has the wrong type. The message names the dotted key. Errors
            of constructors of this project and of the toolbox are converted to it as well.
    """
    with building(key, config):
        kind = check_part(registry, config)
        if inspect.isclass(kind):
            given = _handed_over(kind, config, if_taken, given)
        try:
            return registry.build({**config, **given})
        except Exception as error:
            if not is_of_toolbox(kind):
                error.is_foreign = True  # type: ignore[attr-defined]
            raise


def _handed_over(kind: type, config: Mapping, if_taken: Mapping, given: Mapping) -> dict:
    """Arguments in addition to the config; the constructor must have all of ``given``."""
    taken = constructor_arguments(kind)
    given = {**given, **{name: value for name, value in if_taken.items() if name in taken}}
    for name in given:
        if name in config:
            raise InputError(
                f"{kind.__name__}.{name}: expected no such key, as it follows from the rest of the "
                f"model, got {show(config[name])}"
            )
        if name not in taken:
            raise InputError(
                f"{kind.__name__}: its constructor has no argument {name!r}, which the model hands "
                "over to the parts of this slot: add it"
            )
    return given


def check_part(registry: Registry, config: Any, known: Collection[str] = ()) -> Any:
    """Compare type, keys and values of a part's config with the arguments of its constructor.

    Args:
        registry: Registry of the part's type.
        config: Config of the part.
        known: Keys that are read before the constructor is called.

    Returns:
        Any: A class or a function.

    Raises:
        InputError: The type, a key or a value is wrong.
    """
    if not isinstance(config, Mapping) or "type" not in config:
        raise InputError(f"expected a dict with a 'type', got {show(config)}")
    kind = find_type(registry, config["type"])
    if not callable(kind):
        names = {name for r in (registry, registry.parent) if r for name in r.module_dict}
        raise InputError(
            f".type: expected a name in the {registry.name} registry, got {show(config['type'])}"
            f"{_hint(config['type'], names)}"
        )
    if inspect.isclass(kind):
        values = {k: v for k, v in config.items() if k not in {"type", "_scope_", *known}}
        if (arguments := closed_arguments(kind)) is not None:
            check_keys(values, arguments)
        check_arguments(kind, values)
    return kind


def check_keys(found: Iterable[Any], known: Collection[str]) -> None:
    """Refuse unknown keys.

    Raises:
        InputError: There is an unknown key; the message names the first, and a similar known key.
    """
    for key in found:
        if key not in known:
            raise InputError(printable(f"unknown key {key!r}{_hint(key, known)}"))


def _hint(name: Any, known: Collection[str]) -> str:
    """The most similar known name, or all of them if they fit on a line."""
    listed = f", known are {', '.join(sorted(known)) or 'none'}" if len(known) <= 20 else ""
    return suggestion(name, known) or listed


def is_of_toolbox(kind: Any) -> bool:
    """Whether a part is from this project, the toolbox or torch, which check their arguments."""
    return package_of(kind) in _TOOLBOX


@contextmanager
def building(key: str, config: Any = None) -> Iterator[None]:
    """Context in which the part at a config key is built, so that errors name that key.

    Errors other than :class:`InputError` are converted to it if they arise in a part of this
    project or of the toolbox, which check their arguments. Errors in other parts are not changed.

    Args:
        key: The key, within the config of the part that is being built already.
        config: Config at that key.
    """
    token = _KEY.set(".".join(filter(None, (_KEY.get(), key))))
    try:
        yield
    except InputError as error:
        if error.key is None:
            error.key = _KEY.get()
            error.args = (_with_key(str(error), error.key, config),)
        raise
    except _BUILD_ERRORS as error:
        if getattr(error, "is_foreign", False):
            raise
        text = " ".join(str(error.args[0] if error.args else error).split())[:400]
        located = InputError(
            f"{_KEY.get() or 'config'}: cannot be built from {show(_plain(config))}: "
            f"{type(error).__name__}: {text} (--traceback shows where)"
        )
        located.key = _KEY.get()
        raise located from error
    finally:
        _KEY.reset(token)


def _with_key(text: str, key: str, config: Any) -> str:
    """Message of a part with the dotted key; it may start with the key's last name or a class."""
    if not key:
        return text.lstrip(".")
    if text.startswith("."):
        return f"{key}{text}"
    first, last = key.partition(".")[0], key.rpartition(".")[2]
    kind = config.get("type") if isinstance(config, Mapping) else None
    name = getattr(kind, "__name__", kind)
    for start in (last, name):
        if start and text.startswith((f"{start}.", f"{start}:")):
            return f"{key}{text[len(start) :]}"
    return text if text.startswith(f"{first}.") else f"{key}: {text}"


def _plain(config: Any) -> Any:
    """A part's config without the configs of its own parts, for messages."""
    if not isinstance(config, Mapping):
        return config
    parts = {k for k, v in config.items() if isinstance(v, Mapping) or "{" in str(v)}
    return {k: v for k, v in config.items() if k not in {*parts, "_scope_"}}
