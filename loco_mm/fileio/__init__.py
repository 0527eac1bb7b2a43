"""Files that datasets, evaluation and pictures share: annotations, predictions, JSON."""

from .annotations import Annotations, VideoAnnotation, read_annotations
from .json_files import read_json, write_json
from .predictions import read_predictions, write_predictions

__all__ = [
    "Annotations",
    "VideoAnnotation",
    "read_annotations",
    "read_json",
    "read_predictions",
    "write_json",
    "write_predictions",
]
