"""Lists of class names."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from ..errors import InputError
from ..schema import Name, conform, show, show_place
from .reading import read_text

_NAMES = TypeAdapter(Annotated[Sequence[Name], Field(min_length=1)])


def class_names(names: Any, source: str, place: tuple = ()) -> tuple[str, ...]:
    """Read and check class names.

    Args:
        names: A sequence of names, or the path of a text file with one name per line.
        source: Source of the names, for the message.
        place: Keys that lead to the names in the source.

    Raises:
        InputError: The file cannot be read, there are no names, a name is not a string, or a name
            occurs twice.
    """
    if isinstance(names, str):
        source, place, names = f"class list {names}", ("line",), _lines(names)
    checked = conform(_NAMES, names, source, place)
    name, count = Counter(checked).most_common(1)[0]
    if count > 1:
        where = f"{show_place(place)}: " if place else ""
        raise InputError(
            f"{source}: {where}expected each name once, got {show(name)} {count} times"
        )
    return tuple(checked)


def _lines(path: str) -> list[str]:
    text = read_text(path, "class list")
    if "\0" in text:
        raise InputError(
            f"class list {path}: expected a text file with one name per line, got zero bytes"
        )
    return [line.strip() for line in text.splitlines()]
