"""Heads: from levels of features to predictions and losses."""

from .point_head import PointHead

__all__ = ["PointHead"]
