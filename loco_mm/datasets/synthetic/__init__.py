"""A synthetic world with the statistics of UnAV-100, in its file format."""

from .dataset import SyntheticAVDataset
from .files import ANN_FILE, WorldFiles, make_plan
from .world import SyntheticWorld

__all__ = ["ANN_FILE", "SyntheticAVDataset", "SyntheticWorld", "WorldFiles", "make_plan"]
