"""Operations without parameters."""

from .padding import padded
from .pooling import pooled, top_mean
from .precision import at_least_float32
from .soft_nms import soft_nms

__all__ = ["at_least_float32", "padded", "pooled", "soft_nms", "top_mean"]
