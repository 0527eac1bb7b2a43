"""High-level functions: configs, models, inference, evaluation, and model complexity."""

from ..engine.config import load_config
from ..media import MediaChunks
from .complexity import Complexity, count_complexity, count_config
from .dataset_check import check_dataset
from .evaluation import FileEvaluation, evaluate_files
from .hearing import HeardEvents
from .importing import Imported, import_annotations
from .inference import inference
from .inferencer import AVEventInferencer
from .models import init_model
from .packing import PackedSplits, pack_features
from .stream_sources import FeatureChunks
from .streaming import StreamedEvent

__all__ = [
    "AVEventInferencer",
    "Complexity",
    "FeatureChunks",
    "FileEvaluation",
    "HeardEvents",
    "Imported",
    "MediaChunks",
    "PackedSplits",
    "StreamedEvent",
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
