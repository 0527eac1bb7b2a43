"""Task modules: points, assignment, coding, suppression, voting, windows of long videos."""

from .distance_coder import DistanceCoder
from .point_assigner import PointAssigner, PointTargets
from .point_generator import PyramidPointGenerator
from .segment_soft_nms import SegmentSoftNMS
from .segment_voting import SegmentVoting
from .sliding_windows import SlidingWindows

__all__ = [
    "DistanceCoder",
    "PointAssigner",
    "PointTargets",
    "PyramidPointGenerator",
    "SegmentSoftNMS",
    "SegmentVoting",
    "SlidingWindows",
]
