"""Interactions between two streams, whose shapes stay the same."""

from .positive_sample_propagation import PositiveSamplePropagation

__all__ = ["PositiveSamplePropagation"]
