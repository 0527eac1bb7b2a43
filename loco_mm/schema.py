"""Checks of file content against a schema, by pydantic."""

from reprlib import Repr
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from .errors import InputError
from .text import is_file_name

# Far longer than any video, and exact enough in float32.
Seconds = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Segment = Annotated[list[Seconds], Field(min_length=2, max_length=2)]
Name = Annotated[str, Field(min_length=1)]


def _file_name(text: str) -> str:
    if not is_file_name(text):
        raise PydanticCustomError("file_name", "a file's name")
    return text


# Part of a file name, which cannot lead out of its folder.
FileName = Annotated[str, AfterValidator(_file_name)]

T = TypeVar("T")

_EXPECTED = {
    "model_type": "an object",
    "dict_type": "an object",
    "list_type": "a list",
    "string_type": "a string",
    "string_unicode": "a string of valid characters",
    "string_too_short": "a non-empty string",
    "file_name": "a name without path separators",
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "an integer",
    "bool_type": "True or False",
    "is_instance_of": "a list",
    "sequence_str": "a list",
    "mapping_type": "a dict",
}
_EXPECTED_OF_CONFIGS = _EXPECTED | {"model_type": "a dict", "dict_type": "a dict"}
_BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlong = 40
_SHORT.maxlevel = 3


class Schema(BaseModel):
    """An object with known keys. Strings are not coerced to numbers; other keys are ignored."""

    model_config = ConfigDict(strict=True)


class Settings(BaseModel):
    """Settings of a part: known keys, all with defaults. Strings are not coerced to numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def conform(
    schema: TypeAdapter[T], content: Any, source: str, place: tuple = (), dotted: bool = False
) -> T:
    """Convert content to the types of its schema.

    Args:
        schema: The schema.
        content: Content of a JSON file.
        source: Description of the file, such as ``'annotation file x.json'``, for the message.
        place: Keys and indices that lead to the content within the file.
        dotted: Whether messages show places as dotted config keys.

    Raises:
        InputError: The content does not match. The message names the first place, the value there,
            and the number of further problems.
    """
    try:
        return schema.validate_python(content)
    except ValidationError as error:
        raise InputError(f"{source}: {complaint(error, place, dotted)}") from None


def complaint(error: ValidationError, place: tuple = (), dotted: bool = False) -> str:
    """Description of the first problem: place, value, and the number of further problems."""
    first = error.errors(include_url=False, include_context=False)[0]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    whole = (*place, *first["loc"])
    if dotted:
        return _complaint(".".join(map(str, whole)), first, _EXPECTED_OF_CONFIGS) + more
    return _complaint(show_place(whole), first, _EXPECTED) + more


def show_place(place: tuple) -> str:
    """Keys and indices in Python syntax: ``database['v'].segment[0]``."""
    text = ""
    for key in place:
        if isinstance(key, int):
            text += f"[{key}]"
        elif key.isidentifier() and key.isascii():
            text += f".{key}" if text else key
        else:
            text += f"[{show(key)}]"
    return text


def show(value: Any) -> str:
    """A value as text, shortened if it is long."""
    return _SHORT.repr(value)


def _complaint(where: str, error: Any, names: dict[str, str]) -> str:
    if error["type"] == "missing":
        return f"{where} is missing"
    where, found = f"{where}: " if where else "", show(error["input"])
    message = error["msg"].removeprefix("Input should be ")
    if error["type"] in ("too_short", "too_long"):
        message = message.partition(" should have ")[2].partition(" after validation")[0]
    expected = names.get(error["type"], message if message != error["msg"] else None)
    if expected and error["type"] in _BOUNDS:
        expected = f"a number {expected}"
    return f"{where}expected {expected}, got {found}" if expected else f"{where}{message}: {found}"
