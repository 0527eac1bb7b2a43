"""Converts checkpoints of systems' original code to checkpoints of this package."""

from .convert import PUBLISHED, convert_checkpoint, convert_weights
from .published import PublishedSystem

__all__ = ["PUBLISHED", "PublishedSystem", "convert_checkpoint", "convert_weights"]
