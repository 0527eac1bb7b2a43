"""Synthetic worlds in the file formats of the real datasets."""

from .dataset import SyntheticAVDataset
from .files import ANN_FILE, WorldFiles, make_plan
from .named import NAMED_WORLDS, NamedWorld
from .segment_files import SegmentWorldFiles, make_segment_plan
from .segment_world import SegmentWorld
from .world import Instance, Script, SyntheticWorld

__all__ = [
    "ANN_FILE",
    "NAMED_WORLDS",
    "Instance",
    "NamedWorld",
    "Script",
    "SegmentWorld",
    "SegmentWorldFiles",
    "SyntheticAVDataset",
    "SyntheticWorld",
    "WorldFiles",
    "make_plan",
    "make_segment_plan",
]
