"""Datasets and transforms."""

from ..fileio import Annotations, VideoAnnotation, read_annotations
from .activitynet import ActivityNetAVDataset
from .av_dataset import AVDataset
from .avel import AVEDataset, VGGSoundAVELDataset
from .base_av_dataset import BaseAVDataset
from .collate import collate_av
from .desed import DESEDDataset
from .multi_task import MultiTaskDataset, TaskBatchSampler
from .samplers import LengthSampler
from .transforms import (
    LoadAVFeatures,
    LoadSegmentFeatures,
    PackAVInputs,
    PackSegmentInputs,
    RandomTemporalCrop,
    SegmentsToGrid,
)
from .unav100 import UnAV100Dataset

__all__ = [
    "AVDataset",
    "AVEDataset",
    "ActivityNetAVDataset",
    "Annotations",
    "BaseAVDataset",
    "DESEDDataset",
    "LengthSampler",
    "LoadAVFeatures",
    "LoadSegmentFeatures",
    "MultiTaskDataset",
    "PackAVInputs",
    "PackSegmentInputs",
    "RandomTemporalCrop",
    "SegmentsToGrid",
    "TaskBatchSampler",
    "UnAV100Dataset",
    "VGGSoundAVELDataset",
    "VideoAnnotation",
    "collate_av",
    "read_annotations",
]
