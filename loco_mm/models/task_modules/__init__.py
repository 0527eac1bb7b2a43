"""Task modules: points, assignment, coding, suppression, voting, windows of long videos."""

from .distance_coder import DistanceCoder
from .hungarian_assigner import HungarianAssigner, QueryTargets
from .point_assigner import PointAssigner, PointTargets
from .point_generator import PyramidPointGenerator
from .segment_soft_nms import SegmentSoftNMS
from .segment_voting import SegmentVoting
from .sliding_windows import SlidingWindows

__all__ = [
    "DistanceCoder",
    "HungarianAssigner",
    "PointAssigner",
    "PointTargets",
    "PyramidPointGenerator",
    "QueryTargets",
    "SegmentSoftNMS",
    "SegmentVoting",
    "SlidingWindows",
]
