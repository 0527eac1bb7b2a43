"""Losses of predictions."""

from .focal_loss import SigmoidFocalLoss
from .segment_iou_loss import SegmentIoULoss, distance_iou
from .softmax_loss import SoftmaxLoss, share_entropy

__all__ = ["SegmentIoULoss", "SigmoidFocalLoss", "SoftmaxLoss", "distance_iou", "share_entropy"]
