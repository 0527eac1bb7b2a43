"""The model's parts, in the order a sample passes them."""

from .data_preprocessor import AVDataPreprocessor
from .encoders import UnimodalEncoder
from .heads import AVELHead, PointHead
from .localizers import AVLocalizer, AVSegmentClassifier
from .losses import SegmentIoULoss, SigmoidFocalLoss
from .modulators import LCFModulation
from .necks import FusionDecoder
from .pyramids import LACPyramid
from .spatial import AudioGuidedAttention
from .task_modules import PointAssigner, PyramidPointGenerator, SegmentSoftNMS

__all__ = [
    "AVELHead",
    "AVDataPreprocessor",
    "AVLocalizer",
    "AVSegmentClassifier",
    "AudioGuidedAttention",
    "FusionDecoder",
    "LACPyramid",
    "LCFModulation",
    "PointAssigner",
    "PointHead",
    "PyramidPointGenerator",
    "SegmentIoULoss",
    "SegmentSoftNMS",
    "SigmoidFocalLoss",
    "UnimodalEncoder",
]
