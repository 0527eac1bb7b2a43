"""Auxiliary losses: of features, and of what the samples say of them."""

from .gate_loss import GateLoss
from .pair_similarity_loss import PairSimilarityLoss
from .segment_contrastive_loss import SegmentContrastiveLoss
from .video_contrastive_loss import VideoContrastiveLoss

__all__ = ["GateLoss", "PairSimilarityLoss", "SegmentContrastiveLoss", "VideoContrastiveLoss"]
