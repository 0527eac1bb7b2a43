"""Spatial parts: from maps of cells to one vector a segment."""

from .audio_guided_attention import AudioGuidedAttention
from .spatial_channel_attention import SpatialChannelAttention

__all__ = ["AudioGuidedAttention", "SpatialChannelAttention"]
