"""Components used by a single system, in one file per system."""

from .cacenet import CACEHead, CACELogits, CoGuidedAttention, GateLoss
from .ccnet import ConsistencyGate, GranularityCollaboration
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
from .vsgn import (
    BoundaryRefiner,
    BoundaryScorer,
    GraphPyramid,
    PyramidDecoder,
    SelfStitchPreprocessor,
    StridedEncoder,
)

__all__ = [
    "ActionnessRegressor",
    "BoundaryRefiner",
    "BoundaryScorer",
    "CACEHead",
    "CACELogits",
    "Candidates",
    "CellEncoder",
    "CoGuidedAttention",
    "ConsistencyGate",
    "ConvFusion",
    "CrossedResidual",
    "DeformableDecoder",
    "DeformableEncoder",
    "DependencyBlock",
    "GateLoss",
    "GranularityCollaboration",
    "GraphPyramid",
    "MemoryFeatures",
    "MemoryHead",
    "MemoryPredictions",
    "MemorySegmentClassifier",
    "PyramidDecoder",
    "SGPBlock",
    "SegmentContrastiveLoss",
    "SegmentMemory",
    "SelfStitchPreprocessor",
    "StridedEncoder",
    "TridentRegressor",
    "TridentScores",
    "VideoContrastiveLoss",
]
