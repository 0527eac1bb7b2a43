"""The model's parts, in the order a sample passes them."""

from .data_preprocessor import AVDataPreprocessor
from .encoders import UnimodalEncoder
from .heads import PointHead
from .localizers import AVLocalizer
from .losses import SegmentIoULoss, SigmoidFocalLoss
from .modulators import LCFModulation
from .necks import FusionDecoder
from .pyramids import LACPyramid
from .task_modules import PointAssigner, PyramidPointGenerator, SegmentSoftNMS

__all__ = [
    "AVDataPreprocessor",
    "AVLocalizer",
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
