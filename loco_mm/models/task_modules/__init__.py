"""Task modules: points, assignment, suppression, windows of long videos."""

from .point_assigner import PointAssigner, PointTargets
from .point_generator import PyramidPointGenerator
from .segment_soft_nms import SegmentSoftNMS
from .sliding_windows import SlidingWindows

__all__ = [
    "PointAssigner",
    "PointTargets",
    "PyramidPointGenerator",
    "SegmentSoftNMS",
    "SlidingWindows",
]
