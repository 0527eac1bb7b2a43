"""Metrics with MMEngine's life cycle."""

from .segment_map import SegmentMAP

__all__ = ["SegmentMAP"]
