"""Reads JSON files with clear errors, and writes them atomically."""

import gc
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..schema import show_place
from .atomic import atomic_write
from .reading import open_regular


def read_json(path: str | Path, what: str, kind: type | tuple[type, ...] = dict) -> Any:
    """Read a JSON file whose content is an object or a list.

    Args:
        path: The file.
        what: Description of the file, for messages.
        kind: ``dict`` or ``list``, or both.

    Raises:
        InputError: The file is missing, is not JSON, or has the wrong kind of content; or an object
            contains a key twice, of which parsers silently keep the last.
    """
    repeated: list[tuple[dict, str]] = []

    def as_dict(pairs: list[tuple[str, Any]]) -> dict:
        content = dict(pairs)
        if len(content) != len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.append((content, next(key for key in counts if counts[key] > 1)))
        return content

    with open_regular(path, what) as file:
        text = file.read()
    try:
        with without_collection():
            content = json.loads(text, object_pairs_hook=as_dict)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} {path}: cannot be read as JSON: {error}") from error
    if repeated:
        owner, key = repeated[0]
        place = show_place(_place_of(owner, content))
        inside = f" of {place}" if place else ""
        raise InputError(f"{what} {path}: expected each key once, got {key!r}{inside} twice")
    if not isinstance(content, kind):
        expected = "an object" if kind is dict else "a list"
        raise InputError(f"{what} {path}: expected {expected}, got {type(content).__name__}")
    return content


def write_json(path: str | Path, content: dict | list, own: bool = False) -> None:
    """Write a JSON file atomically, see :func:`loco_mm.fileio.replace_whole`."""
    with atomic_write(path, own=own) as file:
        json.dump(content, file)


@contextmanager
def without_collection() -> Iterator[None]:
    """Context without garbage collection, which dominates the time to parse JSON."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _place_of(wanted: dict, content: Any) -> tuple:
    """Keys and indices that lead to an object; empty if it is not in the content."""
    waiting: list[tuple[tuple, Any]] = [((), content)]
    while waiting:
        place, value = waiting.pop()
        if value is wanted:
            return place
        if isinstance(value, dict):
            waiting.extend(((*place, key), child) for key, child in value.items())
        elif isinstance(value, list):
            waiting.extend(((*place, key), child) for key, child in enumerate(value))
    return ()
