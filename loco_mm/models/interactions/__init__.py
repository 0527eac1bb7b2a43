"""Interactions: from two streams of one width to two of the same."""

from .positive_sample_propagation import PositiveSamplePropagation

__all__ = ["PositiveSamplePropagation"]
