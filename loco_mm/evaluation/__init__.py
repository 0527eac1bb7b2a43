"""Evaluation: figures from arrays, and the runner's metrics."""

from ..fileio import read_predictions, write_predictions
from .functional import DetectionMAP, GroundTruth, Predictions, detection_map
from .metrics import DumpPredictions, SegmentMAP
from .table import format_table

__all__ = [
    "DetectionMAP",
    "DumpPredictions",
    "GroundTruth",
    "Predictions",
    "SegmentMAP",
    "detection_map",
    "format_table",
    "read_predictions",
    "write_predictions",
]
