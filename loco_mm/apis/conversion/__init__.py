"""From checkpoints of systems' own code to those of this package."""

from .convert import PUBLISHED, convert_checkpoint, convert_weights
from .published import PublishedSystem

__all__ = ["PUBLISHED", "PublishedSystem", "convert_checkpoint", "convert_weights"]
