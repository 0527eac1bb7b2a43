"""Localizers: the wiring of the parts."""

from .av_localizer import AVLocalizer

__all__ = ["AVLocalizer"]
