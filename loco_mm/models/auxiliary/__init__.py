"""Auxiliary losses: of features, and of what the samples say of them."""

from .pair_similarity_loss import PairSimilarityLoss
from .segment_contrastive_loss import SegmentContrastiveLoss
from .video_contrastive_loss import VideoContrastiveLoss

__all__ = ["PairSimilarityLoss", "SegmentContrastiveLoss", "VideoContrastiveLoss"]
