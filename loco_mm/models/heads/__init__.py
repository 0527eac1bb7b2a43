"""Heads: compute predictions and losses from features."""

from .anchor_head import AnchorHead, AnchorPredictions
from .avel_head import AVELHead, SegmentLogits
from .base_av_head import BaseAVHead
from .base_event_head import BaseEventHead, PaddedEvents
from .base_segment_head import (
    BaseSegmentHead,
    SegmentLabels,
    SegmentTruth,
    has_event,
    video_class,
)
from .classifiers import ConvClassifier, LanguageClassifier
from .point_head import PointHead
from .point_predictions import PointPredictions
from .query_head import QueryHead, QueryPredictions
from .regressors import ConvRegressor
from .relevance_head import RelevanceHead, RelevanceLogits
from .segment_softmax_head import SegmentSoftmaxHead, SoftmaxLogits

__all__ = [
    "AVELHead",
    "AnchorHead",
    "AnchorPredictions",
    "BaseAVHead",
    "BaseEventHead",
    "BaseSegmentHead",
    "ConvClassifier",
    "ConvRegressor",
    "LanguageClassifier",
    "PaddedEvents",
    "PointHead",
    "PointPredictions",
    "QueryHead",
    "QueryPredictions",
    "RelevanceHead",
    "RelevanceLogits",
    "SegmentLabels",
    "SegmentLogits",
    "SegmentSoftmaxHead",
    "SegmentTruth",
    "SoftmaxLogits",
    "has_event",
    "video_class",
]
