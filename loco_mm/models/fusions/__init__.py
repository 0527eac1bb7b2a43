"""Fusions: pyramids of one level, from two streams to what a head reads."""

from .conv_fusion import ConvFusion
from .relation_fusion import RelationFusion
from .stream_fusion import StreamFusion

__all__ = ["ConvFusion", "RelationFusion", "StreamFusion"]
