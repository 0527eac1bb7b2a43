"""Auxiliary losses on features."""

from .base_auxiliary_loss import BaseAuxiliaryLoss
from .pair_similarity_loss import PairSimilarityLoss

__all__ = ["BaseAuxiliaryLoss", "PairSimilarityLoss"]
