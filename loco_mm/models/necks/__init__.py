"""Necks: what levels pass before the heads."""

from .fusion_decoder import FusionDecoder

__all__ = ["FusionDecoder"]
