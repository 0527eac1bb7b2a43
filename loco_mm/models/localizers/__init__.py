"""Models: the wiring of the parts."""

from .av_localizer import AVLocalizer
from .av_segment_classifier import AVSegmentClassifier, slot_of_maps
from .base_av_model import BaseAVModel
from .single_stage_model import SingleStageModel

__all__ = [
    "AVLocalizer",
    "AVSegmentClassifier",
    "BaseAVModel",
    "SingleStageModel",
    "slot_of_maps",
]
