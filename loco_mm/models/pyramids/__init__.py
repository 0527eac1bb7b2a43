"""Pyramids: from two encoded streams to levels of joint features."""

from .lac_pyramid import LACPyramid

__all__ = ["LACPyramid"]
