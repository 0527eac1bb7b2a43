"""Embeddings of class names.

Shape letters: C classes, K channels of an embedding.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import as_float32, as_numbers, bad_argument, shape_text
from ..errors import InputError
from .npy_files import read_matrix


def read_class_embeddings(path: str | Path, num_classes: int, text_dim: int) -> np.ndarray:
    """Read (C, K) float32 embeddings from a ``.npy`` file.

    Args:
        path: The file.
        num_classes: Number of classes C of the head.
        text_dim: Number of channels K that the head expects.

    Raises:
        InputError: The file is missing or invalid, or the array has another shape.
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


def random_embeddings(num_classes: int, text_dim: int) -> np.ndarray:
    """(C, K) float32 random unit vectors that depend only on label and width."""
    rows = [
        np.random.default_rng([label, text_dim]).normal(size=text_dim)
        for label in range(num_classes)
    ]
    found = np.stack(rows)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def check_class_embeddings(
    where: str, found: Any, num_classes: int | None, text_dim: int
) -> np.ndarray:
    """Check embeddings and convert them to the classifier's form.

    Args:
        where: Description of the embeddings, for the message.
        found (ndarray): The embeddings.
        num_classes: Number of classes C; None for any number.
        text_dim: Number of channels K.

    Returns:
        ndarray: (C, K) float32.

    Raises:
        InputError: The shape is wrong, or values are not finite numbers.
    """
    array = as_numbers(where, found, ("C", "K"))
    classes, width = array.shape
    if width != text_dim or not classes or num_classes not in (classes, None):
        expected = f"shape {shape_text((num_classes or 'C', text_dim))}, one row per class"
        raise bad_argument(where, f"{array.shape}", expected)
    return as_float32(where, array)
