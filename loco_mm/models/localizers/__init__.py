"""Localizers: the wiring of the parts."""

from .av_localizer import AVFeatures, AVLocalizer
from .base_av_model import BaseAVModel

__all__ = ["AVFeatures", "AVLocalizer", "BaseAVModel"]
