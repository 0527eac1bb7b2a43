"""Pyramids: compute levels of joint features from encoded streams."""

from .joint_pyramid import JointPyramid
from .lac_pyramid import LACPyramid

__all__ = ["JointPyramid", "LACPyramid"]
