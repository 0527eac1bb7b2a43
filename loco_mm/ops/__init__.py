"""Operations without parameters."""

from .batched_soft_nms import batched_soft_nms
from .packing import Packing, over_spans
from .padding import (
    LENGTHS,
    join_inputs,
    last_valid,
    mask_bias,
    pad_to_multiple,
    padded,
    random_inputs,
    spanned,
)
from .pooling import pooled, top_mean
from .precision import at_least_float32
from .running_soft_nms import RunningCandidates, RunningSoftNMS
from .sampling import align_segments, sample_linear, sample_points, sample_steps
from .segments import generalized_overlap, segment_overlap, to_ends
from .soft_nms import soft_nms
from .transfer import move_ahead, to_device

__all__ = [
    "batched_soft_nms",
    "LENGTHS",
    "Packing",
    "RunningCandidates",
    "RunningSoftNMS",
    "align_segments",
    "at_least_float32",
    "generalized_overlap",
    "join_inputs",
    "last_valid",
    "mask_bias",
    "move_ahead",
    "over_spans",
    "pad_to_multiple",
    "padded",
    "pooled",
    "random_inputs",
    "sample_linear",
    "sample_points",
    "sample_steps",
    "segment_overlap",
    "soft_nms",
    "spanned",
    "to_device",
    "to_ends",
    "top_mean",
]
