"""Pure functions and value types with units: segments, the time grid, pyramid points."""

from .events import GroundTruth, Predictions
from .features import FEATURE_KINDS, MODALITIES, FeatureKind, FeatureStream
from .grid import TemporalGrid
from .points import Points, pyramid_points
from .segments import decode_offsets, encode_offsets, segment_iou

__all__ = [
    "FEATURE_KINDS",
    "MODALITIES",
    "FeatureKind",
    "FeatureStream",
    "GroundTruth",
    "Points",
    "Predictions",
    "TemporalGrid",
    "decode_offsets",
    "encode_offsets",
    "pyramid_points",
    "segment_iou",
]
