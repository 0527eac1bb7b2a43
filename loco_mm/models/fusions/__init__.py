"""Fusions: pyramids of one level, from two streams to what a head reads."""

from .relation_fusion import RelationFusion
from .stream_fusion import StreamFusion

__all__ = ["RelationFusion", "StreamFusion"]
