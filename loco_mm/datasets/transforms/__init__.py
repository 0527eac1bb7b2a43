"""Transforms, in the order a sample passes them."""

from .loading import LoadAVFeatures
from .packing import PackAVInputs
from .temporal import RandomTemporalCrop, SegmentsToGrid

__all__ = ["LoadAVFeatures", "PackAVInputs", "RandomTemporalCrop", "SegmentsToGrid"]
