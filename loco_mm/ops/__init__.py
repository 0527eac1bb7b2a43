"""Operations without parameters."""

from .soft_nms import soft_nms

__all__ = ["soft_nms"]
