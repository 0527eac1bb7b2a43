"""Evaluation functions on numpy arrays."""

from .detection_map import (
    DetectionMAP,
    GroundTruth,
    Predictions,
    RankedPredictions,
    detection_map,
    rank_predictions,
)
from .resampling import Comparison, compare_paired, draw_counts, resampled_map
from .segment_accuracy import SegmentFigures, segment_accuracy

__all__ = [
    "Comparison",
    "DetectionMAP",
    "GroundTruth",
    "Predictions",
    "RankedPredictions",
    "SegmentFigures",
    "compare_paired",
    "detection_map",
    "draw_counts",
    "rank_predictions",
    "resampled_map",
    "segment_accuracy",
]
