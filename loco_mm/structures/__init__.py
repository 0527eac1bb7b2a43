"""Value types with units and functions of them: events, the time grid, points, samples."""

from .events import Event, Events, GroundTruth, Predictions
from .features import (
    FEATURE_KINDS,
    FEATURES_FOLDER,
    MODALITIES,
    FeatureKind,
    FeatureStream,
)
from .grid import LENGTH_TOLERANCE, TemporalGrid
from .points import Points, pyramid_points
from .samples import build_sample, build_segment_sample
from .segments import decode_offsets, encode_offsets, segment_iou

__all__ = [
    "FEATURES_FOLDER",
    "FEATURE_KINDS",
    "LENGTH_TOLERANCE",
    "MODALITIES",
    "Event",
    "Events",
    "FeatureKind",
    "FeatureStream",
    "GroundTruth",
    "Points",
    "Predictions",
    "TemporalGrid",
    "build_sample",
    "build_segment_sample",
    "decode_offsets",
    "encode_offsets",
    "pyramid_points",
    "segment_iou",
]
