"""Arguments of constructors, checked against their annotations by pydantic.

An annotation says once what a value must be, for readers, for type checkers, and for configs.
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
# Of dropout and stochastic depth.
DropRate = Annotated[float, Field(ge=0, lt=1)]
Range = Annotated[Sequence[float], Field(min_length=2, max_length=2)]

# Strings are not coerced to numbers, nor floats to integers; numbers are finite.
_STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)
# Packages whose annotations say what is taken.
_ANNOTATED = {"loco_mm", "mmengine", "torch"}
_PLAIN = {int, float, bool, str, types.NoneType}

F = TypeVar("F", bound=Callable)


def expecting(text: str, test: Callable[[Any], bool]) -> AfterValidator:
    """A condition for ``Annotated``, beside those that pydantic has.

    Args:
        text: What is expected, as ``'a name of a layer'``.
        test: Whether a value is that.
    """

    def check(value):
        if not test(value):
            raise PydanticCustomError("expected", "Input should be {text}", {"text": text})
        return value

    return AfterValidator(check)


# The config of a part: its type is looked up in a registry.
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
# Of MMEngine's modules.
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
            given = {}  # the constructor itself says which it does not know
        check_values(type(self).__name__, _own_types(init, plain_only=False), given)
        return init(self, *args, **kwargs)

    checking.is_checked = True  # type: ignore[attr-defined]
    return checking  # type: ignore[return-value]


def check_arguments(kind: type, values: Mapping[str, Any], owner: str | None = None) -> None:
    """Check values for a constructor before it is called.

    Of a class without :func:`checked`, only arguments annotated as plain numbers, texts and the
    like are checked; of others' than MMEngine's and torch's, none.

    Args:
        kind: The class.
        values: Values by argument.
        owner: Whose the values are, for the message; by default the class's.

    Raises:
        InputError: See :func:`checked`.
    """
    known: dict[str, TypeAdapter] = {}
    for ancestor in constructing(kind):
        init = vars(ancestor)["__init__"]
        is_checked = hasattr(init, "is_checked")
        if is_checked or package_of(ancestor) in _ANNOTATED:
            own = _own_types(init, plain_only=not is_checked)
            # Others annotate ``x: int = None``.
            known = {
                n: t for n, t in own.items() if is_checked or values.get(n) is not None
            } | known
    check_values(kind.__name__ if owner is None else owner, known, values)


def constructor_arguments(kind: type) -> set[str]:
    """Names of what a constructor takes, its ancestors' that it passes keys on to included."""
    parameters = [p for owner in constructing(kind) for p in _parameters(owner)]
    names = {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    return names - {"self"}


def closed_arguments(kind: type) -> set[str] | None:
    """What a constructor takes; None where it may take anything.

    What someone else's does with keys that it does not name is its own.
    """
    owners = [owner for owner in constructing(kind) if owner is not object]
    is_closed = all(package_of(owner) == "loco_mm" or not takes_more(owner) for owner in owners)
    return constructor_arguments(kind) if is_closed and kind.__new__ is object.__new__ else None


def package_of(kind: Any) -> str:
    """Name of the package that a class or a function is of."""
    return getattr(kind, "__module__", "").partition(".")[0]


def constructor_default(kind: type, name: str) -> Any:
    """What an argument is that is not given, here or to an ancestor; None where none has it."""
    owners = (owner for owner in kind.__mro__ if "__init__" in vars(owner))
    parameters = (p for owner in owners for p in _parameters(owner))
    return next((p.default for p in parameters if p.name == name), None)


def constructing(kind: type) -> list[type]:
    """The class that has a class's constructor, and the ancestors that it passes keys on to."""
    owners = []
    for owner in kind.__mro__:
        if "__init__" in vars(owner):
            owners.append(owner)
            if not takes_more(owner):
                break
    return owners


def takes_more(kind: type) -> bool:
    """Whether a class's own constructor takes keys that it does not name."""
    return any(p.kind is p.VAR_KEYWORD for p in _parameters(kind))


def _parameters(kind: type) -> list[inspect.Parameter]:
    return list(inspect.signature(vars(kind)["__init__"]).parameters.values())


def types_of(hints: Mapping[str, Any]) -> dict[str, TypeAdapter]:
    """Types as :func:`check_values` takes them, from annotations."""
    return {name: TypeAdapter(_instance(hint), config=_STRICT) for name, hint in hints.items()}


def _instance(hint: Any) -> Any:
    """Of a data class an instance is wanted, not a dict of its fields."""
    if not is_dataclass(hint):
        return hint
    name = hint.__name__  # type: ignore[union-attr]
    return Annotated[Any, expecting(f"a {name}", lambda value: isinstance(value, hint))]  # type: ignore[arg-type]


def check_values(owner: str, known: Mapping[str, TypeAdapter], values: Mapping[str, Any]) -> None:
    """Check values by name against their types.

    Raises:
        InputError: Names the owner, the first that is none of its type, and what is expected.
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
    """Types of a constructor's own arguments, as far as they can be trusted."""
    init = inspect.unwrap(init)
    hints: dict[str, Any] = {}
    for name, written in getattr(init, "__annotations__", {}).items():
        one = types.SimpleNamespace(__annotations__={name: written})
        try:
            hints |= get_type_hints(one, init.__globals__, include_extras=True)
        except Exception:  # someone else's annotation, of a name that is not there
            continue
    trusted = {n: h for n, h in hints.items() if n != "return" and (not plain_only or _is_plain(h))}
    return types_of(trusted)


def _is_plain(hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return all(_is_plain(part) for part in get_args(hint))
    return hint in _PLAIN or get_origin(hint) is Literal
