"""Evaluation: figures from arrays, and the runner's metric."""

from .activitynet import read_predictions, write_predictions
from .functional import DetectionMAP, GroundTruth, Predictions, detection_map
from .metrics import SegmentMAP

__all__ = [
    "DetectionMAP",
    "GroundTruth",
    "Predictions",
    "SegmentMAP",
    "detection_map",
    "read_predictions",
    "write_predictions",
]
