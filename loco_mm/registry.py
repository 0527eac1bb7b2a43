"""The toolbox's own registries: components of loco_mm are registered there directly."""

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
    OPTIM_WRAPPERS,
    RUNNERS,
    TASK_UTILS,
    TRANSFORMS,
    VISUALIZERS,
)
from mmengine.registry import Registry

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
    "MODELS",
    "OPTIM_WRAPPERS",
    "PACKAGE",
    "RUNNERS",
    "TASK_UTILS",
    "TRANSFORMS",
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

# The toolbox has none: what turns media files into features.
EXTRACTORS = Registry("extractor", scope="mmaction", locations=["loco_mm.features"])
# Whose parts any model may have.
PACKAGE = "loco_mm"
# Their constructors say what is wrong with their arguments.
_TOOLBOX = {PACKAGE, "mmaction", "mmcv", "mmengine", "torch"}
_BUILD_ERRORS = (
    *(ValueError, TypeError, AssertionError, AttributeError, RuntimeError, LookupError),
    *(ArithmeticError, NotImplementedError, SyntaxError),
)
# Dotted key of what is being built.
_KEY: ContextVar[str] = ContextVar("_KEY", default="")


def _package_of(kind: Any) -> str | None:
    """The package that has registered a model or a part of one, None where none has.

    Only what is registered is looked up. :meth:`Registry.get` would import a module of that name.

    Args:
        kind: A config's ``type``, which should be a name.
    """
    for registry in (MODELS, TASK_UTILS):
        for owner in (registry, registry.parent):
            if owner is not None and isinstance(kind, str) and kind in owner.module_dict:
                return package_of(owner.module_dict[kind])
    return None


def packages_of(config: Any) -> set[str]:
    """The packages that have registered the parts which a config names."""
    return {package for _, kind in _types(config) if (package := _package_of(kind))}


def check_types(config: Any, source: str, packages: Collection[str] = ()) -> None:
    """Refuse the config of a model whose parts are not all registered by known packages.

    So nothing is imported or called on the word of a config that somebody else has made.

    Args:
        config: The config, plain data.
        source: What it is of, for the message.
        packages: Packages that are known besides this one.

    Raises:
        InputError: Names the first other ``type``, or the scope of another registry.
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
        registry: Where a name is looked up.
        kind: The ``type``.

    Returns:
        Any: A class or a function; None where the registry does not know the name.
    """
    if not isinstance(kind, str):
        return kind
    try:
        return registry.get(kind)
    except (RuntimeError, TypeError, ValueError):  # dots that name no module
        return None


def build_part(
    registry: Registry, config: Mapping, key: str, if_taken: Mapping[str, Any] = {}, /, **given
):
    """Build a part from its config and what its owner hands over.

    Args:
        registry: Where the part's type is found.
        config: Its config.
        key: Key of the config in that of its owner.
        if_taken: What is handed over to a constructor that has such arguments, and to
            no other.
        **given: Arguments of its constructor that follow from the rest of the model.

    Raises:
        InputError: The type is unknown, a key is one that the constructor does not take or that is
            handed over, or a value is none of its type; names the dotted key. So do errors of the
            constructors of this project and of the toolbox.
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
    """What a constructor is given besides its config, all of which it must take."""
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
    """Compare a part's type, keys and values with what its constructor takes.

    Args:
        registry: Where the part's type is found.
        config: Its config.
        known: Keys that are read before the constructor is called.

    Returns:
        Any: A class or a function.

    Raises:
        InputError: Something is wrong with them.
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
    """Refuse keys that are not known.

    Raises:
        InputError: Names the first, and a known one that is close.
    """
    for key in found:
        if key not in known:
            raise InputError(printable(f"unknown key {key!r}{_hint(key, known)}"))


def _hint(name: Any, known: Collection[str]) -> str:
    """The known name that is close, or all of them, unless they are too many for a line."""
    listed = f", known are {', '.join(sorted(known)) or 'none'}" if len(known) <= 20 else ""
    return suggestion(name, known) or listed


def is_of_toolbox(kind: Any) -> bool:
    """Whether a part is of this project, the toolbox or torch, which check what they are given."""
    return package_of(kind) in _TOOLBOX


@contextmanager
def building(key: str, config: Any = None) -> Iterator[None]:
    """Whatever is built meanwhile stands at a key of a config, which errors then name.

    An error that is no :class:`InputError` becomes one if it arose in a part of this project or of
    the toolbox, which check what they are given. In a part of anyone else's it stays as it is.

    Args:
        key: The key, in the config of what is being built already.
        config: What stands there.
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
    """A message of a part with its dotted key, which may say only the last of it, or its class."""
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
    """A part's config without those of its own parts, for messages."""
    if not isinstance(config, Mapping):
        return config
    parts = {k for k, v in config.items() if isinstance(v, Mapping) or "{" in str(v)}
    return {k: v for k, v in config.items() if k not in {*parts, "_scope_"}}
