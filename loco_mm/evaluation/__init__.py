"""Evaluation: functions on arrays, and metrics for the runner."""

from ..fileio import read_predictions, write_predictions
from .functional import (
    DetectionMAP,
    GroundTruth,
    Predictions,
    SegmentFigures,
    detection_map,
    segment_accuracy,
)
from .metrics import DumpPredictions, ProposalRecall, SegmentAccuracy, SegmentMAP
from .table import format_segment_table, format_table

__all__ = [
    "DetectionMAP",
    "DumpPredictions",
    "GroundTruth",
    "Predictions",
    "ProposalRecall",
    "SegmentAccuracy",
    "SegmentFigures",
    "SegmentMAP",
    "detection_map",
    "format_segment_table",
    "format_table",
    "read_predictions",
    "segment_accuracy",
    "write_predictions",
]
