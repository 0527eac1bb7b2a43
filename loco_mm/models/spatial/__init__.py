"""Spatial parts: from maps of cells to one vector a segment."""

from .audio_guided_attention import AudioGuidedAttention

__all__ = ["AudioGuidedAttention"]
