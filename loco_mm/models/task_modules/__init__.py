"""Task modules: points, assignment, suppression."""

from .point_assigner import PointAssigner, PointTargets
from .point_generator import PyramidPointGenerator

__all__ = ["PointAssigner", "PointTargets", "PyramidPointGenerator"]
