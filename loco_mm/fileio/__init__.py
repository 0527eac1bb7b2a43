"""Files: annotations, predictions, checkpoints, JSON; written whole or not at all."""

from .annotations import Annotations, VideoAnnotation, read_annotations
from .atomic import atomic_write, check_output
from .checkpoints import read_checkpoint, strip_orders
from .json_files import read_json, write_json
from .predictions import read_predictions, write_predictions

__all__ = [
    "Annotations",
    "VideoAnnotation",
    "atomic_write",
    "check_output",
    "read_annotations",
    "read_checkpoint",
    "read_json",
    "read_predictions",
    "strip_orders",
    "write_json",
    "write_predictions",
]
