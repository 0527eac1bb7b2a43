"""The model's parts, in the order a sample passes them."""

from .auxiliary import PairSimilarityLoss
from .data_preprocessor import AVDataPreprocessor
from .encoders import JointEncoder, RecurrentEncoder, RelationEncoder, UnimodalEncoder
from .fusions import RelationFusion, StreamFusion
from .heads import (
    AVELHead,
    ConvClassifier,
    ConvRegressor,
    LanguageClassifier,
    PointHead,
    QueryHead,
    RelevanceHead,
    SegmentSoftmaxHead,
)
from .interactions import PositiveSamplePropagation
from .localizers import (
    AVLocalizer,
    AVSegmentClassifier,
    MultiTaskLocalizer,
    TaskPreprocessor,
)
from .losses import SegmentIoULoss, SigmoidFocalLoss, SoftmaxLoss
from .modulators import LCFModulation
from .necks import FusionDecoder, LevelNorm, TemporalFPN
from .pyramids import JointPyramid, LACPyramid
from .spatial import AudioGuidedAttention, SpatialChannelAttention
from .systems import (
    ActionnessRegressor,
    CACEHead,
    CellEncoder,
    CoGuidedAttention,
    ConvFusion,
    CrossedResidual,
    DeformableDecoder,
    DeformableEncoder,
    DependencyBlock,
    GateLoss,
    MemoryHead,
    MemorySegmentClassifier,
    SegmentContrastiveLoss,
    SegmentMemory,
    SGPBlock,
    TridentRegressor,
    VideoContrastiveLoss,
)
from .task_modules import (
    DistanceCoder,
    HungarianAssigner,
    PointAssigner,
    PyramidPointGenerator,
    SegmentSoftNMS,
    SegmentVoting,
)

__all__ = [
    "AVDataPreprocessor",
    "AVELHead",
    "AVLocalizer",
    "AVSegmentClassifier",
    "ActionnessRegressor",
    "AudioGuidedAttention",
    "CACEHead",
    "CellEncoder",
    "CoGuidedAttention",
    "ConvClassifier",
    "ConvRegressor",
    "ConvFusion",
    "CrossedResidual",
    "DeformableDecoder",
    "DeformableEncoder",
    "DependencyBlock",
    "DistanceCoder",
    "FusionDecoder",
    "GateLoss",
    "HungarianAssigner",
    "JointEncoder",
    "JointPyramid",
    "LACPyramid",
    "LCFModulation",
    "LanguageClassifier",
    "LevelNorm",
    "MemoryHead",
    "MemorySegmentClassifier",
    "MultiTaskLocalizer",
    "PairSimilarityLoss",
    "PointAssigner",
    "PointHead",
    "PositiveSamplePropagation",
    "PyramidPointGenerator",
    "QueryHead",
    "RecurrentEncoder",
    "RelationEncoder",
    "RelationFusion",
    "RelevanceHead",
    "SGPBlock",
    "SegmentContrastiveLoss",
    "SegmentIoULoss",
    "SegmentMemory",
    "SegmentSoftNMS",
    "SegmentVoting",
    "SegmentSoftmaxHead",
    "SigmoidFocalLoss",
    "SoftmaxLoss",
    "SpatialChannelAttention",
    "StreamFusion",
    "TaskPreprocessor",
    "TemporalFPN",
    "TridentRegressor",
    "UnimodalEncoder",
    "VideoContrastiveLoss",
]
