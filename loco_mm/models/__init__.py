"""The model's parts, in the order a sample passes them."""

from .auxiliary import GateLoss, PairSimilarityLoss, SegmentContrastiveLoss, VideoContrastiveLoss
from .data_preprocessor import AVDataPreprocessor
from .encoders import CellEncoder, RecurrentEncoder, RelationEncoder, UnimodalEncoder
from .fusions import ConvFusion, RelationFusion, StreamFusion
from .heads import AVELHead, CACEHead, MemoryHead, PointHead, RelevanceHead, SegmentSoftmaxHead
from .interactions import CrossedResidual, PositiveSamplePropagation
from .localizers import AVLocalizer, AVSegmentClassifier, MemorySegmentClassifier
from .losses import SegmentIoULoss, SigmoidFocalLoss, SoftmaxLoss
from .memories import SegmentMemory
from .modulators import LCFModulation
from .necks import FusionDecoder
from .pyramids import LACPyramid
from .spatial import AudioGuidedAttention, CoGuidedAttention, SpatialChannelAttention
from .task_modules import PointAssigner, PyramidPointGenerator, SegmentSoftNMS

__all__ = [
    "AVDataPreprocessor",
    "AVELHead",
    "AVLocalizer",
    "AVSegmentClassifier",
    "AudioGuidedAttention",
    "CACEHead",
    "CellEncoder",
    "CoGuidedAttention",
    "ConvFusion",
    "CrossedResidual",
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
    "SegmentSoftmaxHead",
    "SigmoidFocalLoss",
    "SoftmaxLoss",
    "SpatialChannelAttention",
    "StreamFusion",
    "UnimodalEncoder",
    "VideoContrastiveLoss",
]
