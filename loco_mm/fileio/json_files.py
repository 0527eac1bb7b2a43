"""JSON files, read with a clear error and written whole or not at all."""

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
    """A JSON file whose content is an object, or a list.

    Args:
        path: The file.
        what: What the file is, for the message.
        kind: ``dict`` or ``list``, or both.

    Raises:
        InputError: The file is missing, no JSON, or of the other kind; or a key stands twice in
            one of its objects, of which parsers keep the last without a word.
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
    """Write a JSON file whole or not at all, see :func:`loco_mm.fileio.replace_whole`."""
    with atomic_write(path, own=own) as file:
        json.dump(content, file)


@contextmanager
def without_collection() -> Iterator[None]:
    """Without the search for cyclic garbage: JSON makes none, and it takes most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _place_of(wanted: dict, content: Any) -> tuple:
    """Keys and indices that lead to an object; none where another took its place."""
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
