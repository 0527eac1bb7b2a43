"""Looks into a model, and at what it gets: similarity of its streams, target windows, samples."""

from .similarity import SplitSimilarity, VideoSimilarity, split_similarity
from .split_videos import LoadedSample, SplitVideos
from .target_windows import TargetWindows, target_windows

__all__ = [
    "LoadedSample",
    "SplitSimilarity",
    "SplitVideos",
    "TargetWindows",
    "VideoSimilarity",
    "split_similarity",
    "target_windows",
]
