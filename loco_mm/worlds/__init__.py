"""Made-up datasets to train on and to look at: simulated features, and rendered videos."""

from .synthetic import SyntheticAVDataset

__all__ = ["SyntheticAVDataset"]
