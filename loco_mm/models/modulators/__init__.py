"""Modulators: training signals on the encoders' outputs."""

from .lcf import LCFModulation

__all__ = ["LCFModulation"]
