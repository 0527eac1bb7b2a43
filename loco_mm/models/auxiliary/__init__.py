"""Auxiliary losses: of features, and of what the samples say of them."""

from .base_auxiliary_loss import BaseAuxiliaryLoss
from .pair_similarity_loss import PairSimilarityLoss

__all__ = ["BaseAuxiliaryLoss", "PairSimilarityLoss"]
