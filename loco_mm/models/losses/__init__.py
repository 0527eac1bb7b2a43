"""Losses of the dense heads."""

from .focal_loss import SigmoidFocalLoss
from .segment_iou_loss import SegmentIoULoss

__all__ = ["SegmentIoULoss", "SigmoidFocalLoss"]
