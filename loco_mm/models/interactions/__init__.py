"""Interactions: from two streams of one width to two of the same."""

from .crossed_residual import CrossedResidual
from .positive_sample_propagation import PositiveSamplePropagation

__all__ = ["CrossedResidual", "PositiveSamplePropagation"]
