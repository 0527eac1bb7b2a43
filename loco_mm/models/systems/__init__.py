"""What one system alone uses, a file each; parts that several share stand in their folders."""

from .cacenet import CACEHead, CACELogits, CoGuidedAttention, GateLoss
from .cpsp import SegmentContrastiveLoss, VideoContrastiveLoss
from .dmrn import CrossedResidual
from .lesp import (
    Candidates,
    CellEncoder,
    ConvFusion,
    MemoryFeatures,
    MemoryHead,
    MemoryPredictions,
    MemorySegmentClassifier,
    SegmentMemory,
)
from .tadtr import ActionnessRegressor, DeformableDecoder, DeformableEncoder
from .tridet import SGPBlock, TridentRegressor, TridentScores
from .unav import DependencyBlock

__all__ = [
    "ActionnessRegressor",
    "CACEHead",
    "CACELogits",
    "Candidates",
    "CellEncoder",
    "CoGuidedAttention",
    "ConvFusion",
    "CrossedResidual",
    "DeformableDecoder",
    "DeformableEncoder",
    "DependencyBlock",
    "GateLoss",
    "MemoryFeatures",
    "MemoryHead",
    "MemoryPredictions",
    "MemorySegmentClassifier",
    "SGPBlock",
    "SegmentContrastiveLoss",
    "SegmentMemory",
    "TridentRegressor",
    "TridentScores",
    "VideoContrastiveLoss",
]
