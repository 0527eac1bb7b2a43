"""Memories: segments that training keeps."""

from .segment_memory import Candidates, SegmentMemory

__all__ = ["Candidates", "SegmentMemory"]
