"""Operations without parameters."""

from .pooling import pooled, top_mean
from .precision import at_least_float32
from .soft_nms import soft_nms

__all__ = ["at_least_float32", "pooled", "soft_nms", "top_mean"]
