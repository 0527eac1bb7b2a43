"""Task modules: points, anchors, assigners, coders, suppression, voting, windows."""

from .anchor_generator import AnchorGenerator
from .delta_coder import DeltaCoder
from .distance_coder import DistanceCoder
from .hungarian_assigner import HungarianAssigner, QueryTargets
from .max_overlap_assigner import MaxOverlapAssigner
from .point_assigner import PointAssigner, PointTargets
from .point_generator import PyramidPointGenerator
from .segment_soft_nms import SegmentSoftNMS
from .segment_voting import SegmentVoting
from .sliding_windows import SlidingWindows
from .suppression_steps import SuppressionSteps

__all__ = [
    "AnchorGenerator",
    "DeltaCoder",
    "DistanceCoder",
    "HungarianAssigner",
    "MaxOverlapAssigner",
    "PointAssigner",
    "PointTargets",
    "PyramidPointGenerator",
    "QueryTargets",
    "SegmentSoftNMS",
    "SegmentVoting",
    "SlidingWindows",
    "SuppressionSteps",
]
