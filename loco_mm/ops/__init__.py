"""Operations without parameters."""

from .padding import padded
from .pooling import pooled, top_mean
from .precision import at_least_float32
from .sampling import align_segments, sample_points
from .segments import segment_overlap, to_ends
from .soft_nms import soft_nms

__all__ = [
    "align_segments",
    "at_least_float32",
    "padded",
    "pooled",
    "sample_points",
    "segment_overlap",
    "soft_nms",
    "to_ends",
    "top_mean",
]
