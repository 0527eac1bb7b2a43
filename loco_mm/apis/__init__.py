"""High-level functions: configs, models, inference, evaluation, and model complexity."""

from ..engine.config import load_config
from .complexity import Complexity, count_complexity, count_config
from .dataset_check import check_dataset
from .evaluation import FileEvaluation, evaluate_files
from .hearing import HeardEvents
from .importing import Imported, import_annotations
from .inference import inference
from .inferencer import AVEventInferencer
from .models import init_model
from .packing import PackedSplits, pack_features

__all__ = [
    "AVEventInferencer",
    "Complexity",
    "FileEvaluation",
    "HeardEvents",
    "Imported",
    "PackedSplits",
    "check_dataset",
    "count_complexity",
    "count_config",
    "evaluate_files",
    "import_annotations",
    "inference",
    "init_model",
    "load_config",
    "pack_features",
]
