"""Transforms, in the order in which a pipeline applies them."""

from .loading import LoadAVFeatures
from .packing import PackAVInputs
from .segments import LoadSegmentFeatures, PackSegmentInputs
from .temporal import RandomTemporalCrop, SegmentsToGrid
from .toolbox import ToLocalizationInputs, ToRecognitionInputs

__all__ = [
    "LoadAVFeatures",
    "LoadSegmentFeatures",
    "PackAVInputs",
    "PackSegmentInputs",
    "RandomTemporalCrop",
    "SegmentsToGrid",
    "ToLocalizationInputs",
    "ToRecognitionInputs",
]
