"""Spatial attention: reduces maps of cells to one vector per segment."""

from .audio_guided_attention import AudioGuidedAttention
from .spatial_channel_attention import SpatialChannelAttention

__all__ = ["AudioGuidedAttention", "SpatialChannelAttention"]
