"""Value types and their functions: events, time grids, pyramid points, samples."""

from .events import Event, Events, GroundTruth, Predictions
from .features import (
    FEATURE_KINDS,
    FEATURES_FOLDER,
    MODALITIES,
    FeatureKind,
    FeatureStream,
    ModalityChoice,
    chosen_modalities,
)
from .grid import LENGTH_TOLERANCE, TemporalGrid
from .points import Points, pyramid_points
from .samples import predicted_events
from .segments import decode_offsets, encode_offsets, segment_iou
from .step_windows import StepWindow, plan_windows, window_at, window_hop
from .stitched_clip import StitchedClip

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
    "ModalityChoice",
    "Points",
    "Predictions",
    "StepWindow",
    "StitchedClip",
    "TemporalGrid",
    "chosen_modalities",
    "decode_offsets",
    "encode_offsets",
    "plan_windows",
    "predicted_events",
    "pyramid_points",
    "segment_iou",
    "window_at",
    "window_hop",
]
