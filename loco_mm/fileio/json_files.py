"""JSON files, read with a clear error and written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path

from ..errors import InputError


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
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{what} {path}: cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{what} {path}: {type(content).__name__} found, an object expected")
    return content


def write_json(path: str | Path, content: dict) -> None:
    """Write a JSON file whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
