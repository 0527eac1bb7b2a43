"""Figures from arrays: numpy only."""

from .detection_map import DetectionMAP, GroundTruth, Predictions, detection_map

__all__ = ["DetectionMAP", "GroundTruth", "Predictions", "detection_map"]
