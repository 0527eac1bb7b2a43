"""Necks: transform pyramid levels before the head."""

from .fusion_decoder import FusionDecoder
from .level_norm import LevelNorm
from .temporal_fpn import TemporalFPN

__all__ = ["FusionDecoder", "LevelNorm", "TemporalFPN"]
