"""Heads: from levels of features to predictions and losses."""

from .avel_head import AVELHead, SegmentLogits
from .base_av_head import BaseAVHead
from .base_event_head import BaseEventHead, PaddedEvents
from .base_segment_head import BaseSegmentHead, SegmentLabels
from .point_head import PointHead, PointPredictions

__all__ = [
    "AVELHead",
    "BaseAVHead",
    "BaseEventHead",
    "BaseSegmentHead",
    "PaddedEvents",
    "PointHead",
    "PointPredictions",
    "SegmentLabels",
    "SegmentLogits",
]
