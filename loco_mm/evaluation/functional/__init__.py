"""Evaluation functions on numpy arrays."""

from .detection_map import DetectionMAP, GroundTruth, Predictions, detection_map
from .segment_accuracy import SegmentFigures, segment_accuracy

__all__ = [
    "DetectionMAP",
    "GroundTruth",
    "Predictions",
    "SegmentFigures",
    "detection_map",
    "segment_accuracy",
]
