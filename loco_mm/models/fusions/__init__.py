"""Fusions: pyramids with one level, which combine two streams for the head."""

from .relation_fusion import RelationFusion
from .stream_fusion import StreamFusion

__all__ = ["RelationFusion", "StreamFusion"]
