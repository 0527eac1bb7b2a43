"""Artificial datasets for training and demos: simulated features, and rendered videos."""

from .synthetic import SyntheticAVDataset

__all__ = ["SyntheticAVDataset"]
