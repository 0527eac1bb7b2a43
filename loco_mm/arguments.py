"""Checks of constructor arguments against their annotations, by pydantic.

Annotations thereby document the valid values for readers, type checkers and configs alike.
"""

import functools
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from .errors import InputError
from .schema import complaint

Probability = Annotated[float, Field(ge=0, le=1)]
# A probability of dropout or stochastic depth.
DropRate = Annotated[float, Field(ge=0, lt=1)]
Range = Annotated[Sequence[float], Field(min_length=2, max_length=2)]

# Strings are not coerced to numbers, nor floats to integers; numbers are finite.
_STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)
# Packages whose annotations can be relied on.
_ANNOTATED = {"loco_mm", "mmengine", "torch"}
_PLAIN = {int, float, bool, str, types.NoneType}

F = TypeVar("F", bound=Callable)


def expecting(text: str, test: Callable[[Any], bool]) -> AfterValidator:
    """Condition for ``Annotated``, in addition to those of pydantic.

    Args:
        text: Expected value, for the message, such as ``'a name of a layer'``.
        test: Returns whether a value is valid.
    """

    def check(value):
        if not test(value):
            raise PydanticCustomError("expected", "Input should be {text}", {"text": text})
        return value

    return AfterValidator(check)


# The config of a part, whose type is looked up in a registry.
Part = Annotated[
    Any,
    expecting("a dict with a 'type'", lambda value: isinstance(value, dict) and "type" in value),
]


def _are_all(kind: type, value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(v, kind) for v in value)


Names = Annotated[
    Any,
    expecting(
        "a string or a list of strings",
        lambda value: bool(value) and (isinstance(value, str) or _are_all(str, value)),
    ),
]
# Configs of MMEngine's modules.
InitCfg = Annotated[
    Any,
    expecting(
        "a dict or a list of dicts",
        lambda value: value is None or isinstance(value, dict) or _are_all(dict, value),
    ),
]


def checked(init: F) -> F:
    """Decorator for a constructor that checks its arguments against its annotations.

    Strict: strings and floats are not coerced to numbers and integers; an integer is accepted as a
    float. Annotations must be those of :mod:`typing` and pydantic; an argument without one is not
    checked.

    Raises:
        InputError: An argument does not match; the message names class, argument and expected type.
    """
    signature = inspect.signature(init)

    @functools.wraps(init)
    def checking(self, *args, **kwargs):
        try:
            given = signature.bind_partial(self, *args, **kwargs).arguments
        except TypeError:
            given = {}  # the constructor itself raises for unknown arguments
        check_values(type(self).__name__, _own_types(init, plain_only=False), given)
        return init(self, *args, **kwargs)

    checking.is_checked = True  # type: ignore[attr-defined]
    return checking  # type: ignore[return-value]


def check_arguments(kind: type, values: Mapping[str, Any], owner: str | None = None) -> None:
    """Check values for a constructor before it is called.

    For classes without :func:`checked`, only arguments annotated with plain types such as numbers
    and strings are checked, and only if the class is from MMEngine or torch.

    Args:
        kind: The class.
        values: Values by argument.
        owner: Owner of the values, for the message; by default the class.

    Raises:
        InputError: See :func:`checked`.
    """
    known: dict[str, TypeAdapter] = {}
    for ancestor in constructing(kind):
        init = vars(ancestor)["__init__"]
        is_checked = hasattr(init, "is_checked")
        if is_checked or package_of(ancestor) in _ANNOTATED:
            own = _own_types(init, plain_only=not is_checked)
            # Other packages annotate ``x: int = None``.
            known = {
                n: t for n, t in own.items() if is_checked or values.get(n) is not None
            } | known
    check_values(kind.__name__ if owner is None else owner, known, values)


def constructor_arguments(kind: type) -> set[str]:
    """Names of a constructor's arguments, including those it passes on to its base classes."""
    parameters = [p for owner in constructing(kind) for p in _parameters(owner)]
    names = {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    return names - {"self"}


def closed_arguments(kind: type) -> set[str] | None:
    """Names of a constructor's arguments; None if any name may be valid.

    The latter holds for ``**kwargs`` of constructors of other packages.
    """
    owners = [owner for owner in constructing(kind) if owner is not object]
    is_closed = all(package_of(owner) == "loco_mm" or not takes_more(owner) for owner in owners)
    return constructor_arguments(kind) if is_closed and kind.__new__ is object.__new__ else None


def package_of(kind: Any) -> str:
    """Name of the package that defines a class or a function."""
    return getattr(kind, "__module__", "").partition(".")[0]


def constructor_default(kind: type, name: str) -> Any:
    """Default of a constructor's argument, here or in a base class; None if there is none."""
    owners = (owner for owner in kind.__mro__ if "__init__" in vars(owner))
    parameters = (p for owner in owners for p in _parameters(owner))
    return next((p.default for p in parameters if p.name == name), None)


def constructing(kind: type) -> list[type]:
    """The class that defines a class's constructor, and the base classes it passes keys on to."""
    owners = []
    for owner in kind.__mro__:
        if "__init__" in vars(owner):
            owners.append(owner)
            if not takes_more(owner):
                break
    return owners


def takes_more(kind: type) -> bool:
    """Whether a class's own constructor has ``**kwargs``."""
    return any(p.kind is p.VAR_KEYWORD for p in _parameters(kind))


def _parameters(kind: type) -> list[inspect.Parameter]:
    return list(inspect.signature(vars(kind)["__init__"]).parameters.values())


def types_of(hints: Mapping[str, Any]) -> dict[str, TypeAdapter]:
    """Types for :func:`check_values`, from annotations."""
    return {name: TypeAdapter(_instance(hint), config=_STRICT) for name, hint in hints.items()}


def _instance(hint: Any) -> Any:
    """For a dataclass, require an instance instead of a dict of its fields."""
    if not is_dataclass(hint):
        return hint
    name = hint.__name__  # type: ignore[union-attr]
    return Annotated[Any, expecting(f"a {name}", lambda value: isinstance(value, hint))]  # type: ignore[arg-type]


def check_values(owner: str, known: Mapping[str, TypeAdapter], values: Mapping[str, Any]) -> None:
    """Check values by name against their types.

    Raises:
        InputError: A value has the wrong type; the message names the owner, the first such value
            and the expected type.
    """
    for name, value in values.items():
        if name not in known:
            continue
        try:
            known[name].validate_python(value)
        except ValidationError as error:
            raise InputError(f"{owner}.{complaint(error, (name,), dotted=True)}") from None


@functools.cache
def _own_types(init: Callable, plain_only: bool) -> dict[str, TypeAdapter]:
    """Types of a constructor's own arguments, as far as they can be relied on."""
    init = inspect.unwrap(init)
    hints: dict[str, Any] = {}
    for name, written in getattr(init, "__annotations__", {}).items():
        one = types.SimpleNamespace(__annotations__={name: written})
        try:
            hints |= get_type_hints(one, init.__globals__, include_extras=True)
        except Exception:  # an annotation of another package with an undefined name
            continue
    trusted = {n: h for n, h in hints.items() if n != "return" and (not plain_only or _is_plain(h))}
    return types_of(trusted)


def _is_plain(hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return all(_is_plain(part) for part in get_args(hint))
    return hint in _PLAIN or get_origin(hint) is Literal
