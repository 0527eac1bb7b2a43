"""Operations without parameters."""

from .padding import padded, spanned
from .pooling import pooled, top_mean
from .precision import at_least_float32
from .sampling import align_segments, sample_points
from .segments import generalized_overlap, segment_overlap, to_ends
from .soft_nms import soft_nms

__all__ = [
    "align_segments",
    "at_least_float32",
    "generalized_overlap",
    "padded",
    "pooled",
    "sample_points",
    "segment_overlap",
    "soft_nms",
    "spanned",
    "to_ends",
    "top_mean",
]
