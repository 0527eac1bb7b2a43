"""Datasets for audio-visual event localization with one label per second of a video."""

from .ave import AVEDataset
from .ave_files import AVEVideo, read_ave_annotations, read_ave_orders
from .avel_dataset import AVELDataset, segment_labels
from .vggsound import VGGSoundAVELDataset
from .video_table import read_video_table

__all__ = [
    "AVEDataset",
    "AVELDataset",
    "AVEVideo",
    "VGGSoundAVELDataset",
    "read_ave_annotations",
    "read_ave_orders",
    "read_video_table",
    "segment_labels",
]
