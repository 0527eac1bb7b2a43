"""Calls for users: configs, models, inference, evaluation, and what a model costs."""

from ..engine.config import load_config
from .complexity import Complexity, count_complexity
from .evaluation import FileEvaluation, evaluate_files
from .inference import inference
from .inferencer import AVEventInferencer
from .models import init_model

__all__ = [
    "AVEventInferencer",
    "Complexity",
    "FileEvaluation",
    "count_complexity",
    "evaluate_files",
    "inference",
    "init_model",
    "load_config",
]
