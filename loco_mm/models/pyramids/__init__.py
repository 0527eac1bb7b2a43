"""Pyramids: from encoded streams to levels of joint features."""

from .joint_pyramid import JointPyramid
from .lac_pyramid import LACPyramid

__all__ = ["JointPyramid", "LACPyramid"]
