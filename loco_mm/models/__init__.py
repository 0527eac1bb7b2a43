"""The model's parts, in the order a sample passes them."""

from .auxiliary import PairSimilarityLoss
from .data_preprocessor import AVDataPreprocessor
from .encoders import RecurrentEncoder, RelationEncoder, UnimodalEncoder
from .fusions import RelationFusion, StreamFusion
from .heads import AVELHead, ConvClassifier, PointHead, RelevanceHead, SegmentSoftmaxHead
from .interactions import PositiveSamplePropagation
from .localizers import AVLocalizer, AVSegmentClassifier
from .losses import SegmentIoULoss, SigmoidFocalLoss, SoftmaxLoss
from .modulators import LCFModulation
from .necks import FusionDecoder
from .pyramids import LACPyramid
from .spatial import AudioGuidedAttention, SpatialChannelAttention
from .systems import (
    CACEHead,
    CellEncoder,
    CoGuidedAttention,
    ConvFusion,
    CrossedResidual,
    GateLoss,
    MemoryHead,
    MemorySegmentClassifier,
    SegmentContrastiveLoss,
    SegmentMemory,
    VideoContrastiveLoss,
)
from .task_modules import (
    DistanceCoder,
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
    "AudioGuidedAttention",
    "CACEHead",
    "CellEncoder",
    "CoGuidedAttention",
    "ConvClassifier",
    "ConvFusion",
    "CrossedResidual",
    "DistanceCoder",
    "FusionDecoder",
    "GateLoss",
    "LACPyramid",
    "LCFModulation",
    "MemoryHead",
    "MemorySegmentClassifier",
    "PairSimilarityLoss",
    "PointAssigner",
    "PointHead",
    "PositiveSamplePropagation",
    "PyramidPointGenerator",
    "RecurrentEncoder",
    "RelationEncoder",
    "RelationFusion",
    "RelevanceHead",
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
    "UnimodalEncoder",
    "VideoContrastiveLoss",
]
