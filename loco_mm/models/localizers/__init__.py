"""Models: the wiring of the parts."""

from .av_localizer import AVLocalizer
from .av_segment_classifier import AVSegmentClassifier, slot_of_maps
from .base_av_model import BaseAVModel
from .multi_task_localizer import OTHERS, MultiTaskLocalizer, TaskPreprocessor, task_config
from .single_stage_model import SingleStageModel

__all__ = [
    "AVLocalizer",
    "AVSegmentClassifier",
    "BaseAVModel",
    "MultiTaskLocalizer",
    "OTHERS",
    "SingleStageModel",
    "TaskPreprocessor",
    "slot_of_maps",
    "task_config",
]
