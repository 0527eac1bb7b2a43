"""Folders of published models: weights, config, class names and model card."""

import re
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from .reading import file_checksum
from .safetensors_files import SUFFIX

CONFIG_FILE, CLASSES_FILE, CARD_FILE = "config.json", "classes.txt", "README.md"
# For models that compare with class names.
EMBEDDINGS_FILE = "class_embeddings.npy"
# Number of hex digits of the checksum in the name of the weights.
_DIGITS = 8
_HASH = re.compile(rf"-([0-9a-f]{{{_DIGITS}}})\{SUFFIX}\Z")


class Published(NamedTuple):
    """Files of a published model.

    Attributes:
        config: The config.
        weights: The weights, with class names and description of the features.
    """

    config: Path
    weights: Path


def weights_name(stem: str, weights: str | Path) -> str:
    """Name of a weights file with its checksum: ``'loco-1a2b3c4d.safetensors'``."""
    return f"{stem}-{_checksum(weights)}{SUFFIX}"


def find_published(folder: str | Path) -> Published:
    """Find the files of a published model.

    Raises:
        InputError: The folder has no model or several, or the checksum of the weights differs from
            that in their name.
    """
    folder = Path(folder)
    config, found = folder / CONFIG_FILE, sorted(folder.glob(f"*{SUFFIX}"))
    if not config.is_file():
        raise InputError(
            f"published config {config}: expected a folder with {CONFIG_FILE} and one "
            f"*{SUFFIX}, got no such file"
        )
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise InputError(f"published model {folder}: expected one *{SUFFIX}, got {names}")
    expected = _HASH.search(found[0].name)
    if expected and (checksum := _checksum(found[0])) != expected[1]:
        raise InputError(
            f"checkpoint {found[0]}: expected the checksum in its name, {expected[1]}, got "
            f"{checksum}: download it again"
        )
    return Published(config, found[0])


def _checksum(path: str | Path) -> str:
    return file_checksum(path, "checkpoint")[:_DIGITS]
