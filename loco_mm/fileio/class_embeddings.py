"""Embeddings of classes' names.

Shape letters: C classes, K channels of an embedding.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import as_float32, as_numbers, bad_argument, shape_text
from ..errors import InputError
from .npy_files import read_matrix


def read_class_embeddings(path: str | Path, num_classes: int, text_dim: int) -> np.ndarray:
    """(C, K) float32 embeddings of a ``.npy`` file.

    Args:
        path: The file.
        num_classes: Classes C of the head.
        text_dim: Channels K that it takes.

    Raises:
        InputError: It is missing, no such file, or of another count or width.
    """
    hint = ": tools/data/embed_classes.py writes such a file"
    found = read_matrix(path, "class embeddings", hint=hint)
    try:
        return check_class_embeddings(f"class embeddings {path}", found, num_classes, text_dim)
    except InputError as error:
        classes, width = found.shape
        if (classes, width) == (num_classes, text_dim):
            raise
        raise InputError(
            f"{error}: model.head.num_classes={classes} and "
            f"model.head.classifier.text_dim={width} would fit"
        ) from error


def made_up_embeddings(num_classes: int, text_dim: int) -> np.ndarray:
    """(C, K) float32 of unit length, the same for the same label and width everywhere."""
    rows = [
        np.random.default_rng([label, text_dim]).normal(size=text_dim)
        for label in range(num_classes)
    ]
    found = np.stack(rows)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def check_class_embeddings(
    where: str, found: Any, num_classes: int | None, text_dim: int
) -> np.ndarray:
    """Embeddings of classes as the classifier reads them.

    Args:
        where: What they are, for the message.
        found (ndarray): What was given.
        num_classes: Classes C; None for any number.
        text_dim: Channels K.

    Returns:
        ndarray: (C, K) float32.

    Raises:
        InputError: They are of another count or width, or no finite numbers.
    """
    array = as_numbers(where, found, ("C", "K"))
    classes, width = array.shape
    if width != text_dim or not classes or num_classes not in (classes, None):
        expected = f"shape {shape_text((num_classes or 'C', text_dim))}, one row per class"
        raise bad_argument(where, f"{array.shape}", expected)
    return as_float32(where, array)
