"""Spatial parts: from maps of cells to one vector a segment."""

from .audio_guided_attention import AudioGuidedAttention
from .co_guided_attention import CoGuidedAttention
from .spatial_channel_attention import SpatialChannelAttention

__all__ = ["AudioGuidedAttention", "CoGuidedAttention", "SpatialChannelAttention"]
