"""Datasets and transforms."""

from ..fileio import Annotations, VideoAnnotation, read_annotations
from .av_dataset import AVDataset
from .synthetic import SyntheticAVDataset
from .transforms import LoadAVFeatures, PackAVInputs, RandomTemporalCrop, SegmentsToGrid
from .unav100 import UnAV100Dataset

__all__ = [
    "AVDataset",
    "Annotations",
    "LoadAVFeatures",
    "PackAVInputs",
    "RandomTemporalCrop",
    "SegmentsToGrid",
    "SyntheticAVDataset",
    "UnAV100Dataset",
    "VideoAnnotation",
    "read_annotations",
]
