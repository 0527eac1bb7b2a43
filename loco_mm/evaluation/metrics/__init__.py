"""Metrics with MMEngine's life cycle."""

from .dump_predictions import DumpPredictions
from .segment_map import SegmentMAP

__all__ = ["DumpPredictions", "SegmentMAP"]
