"""Models: the wiring of the parts."""

from .av_localizer import AVLocalizer
from .av_segment_classifier import AVSegmentClassifier, slot_of_maps
from .base_av_model import BaseAVModel
from .base_pyramid_model import AVFeatures, BasePyramidModel
from .memory_segment_classifier import MemorySegmentClassifier

__all__ = [
    "AVFeatures",
    "AVLocalizer",
    "AVSegmentClassifier",
    "BaseAVModel",
    "BasePyramidModel",
    "MemorySegmentClassifier",
    "slot_of_maps",
]
