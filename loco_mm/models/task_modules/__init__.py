"""Task modules: points, assignment, suppression."""

from .point_assigner import PointAssigner, PointTargets
from .point_generator import PyramidPointGenerator
from .segment_soft_nms import SegmentSoftNMS

__all__ = ["PointAssigner", "PointTargets", "PyramidPointGenerator", "SegmentSoftNMS"]
