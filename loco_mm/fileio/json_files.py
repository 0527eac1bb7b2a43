"""JSON files, read with a clear error and written whole or not at all."""

import json
from pathlib import Path

from ..errors import InputError
from .atomic import atomic_write


def read_json(path: str | Path, what: str) -> dict:
    """A JSON file whose content is an object.

    Args:
        path (str | Path): The file.
        what (str): What the file is, for the message.

    Raises:
        InputError: The file is missing, no JSON, or no object.
    """
    try:
        content = json.loads(Path(path).read_text())
    except FileNotFoundError as error:
        raise InputError(f"{what} {path}: no such file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{what} {path}: cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{what} {path}: {type(content).__name__} found, an object expected")
    return content


def write_json(path: str | Path, content: dict) -> None:
    """Write a JSON file whole or not at all."""
    with atomic_write(path) as file:
        json.dump(content, file)
