"""Metrics for MMEngine's runner."""

from .base_dataset_metric import BaseDatasetMetric
from .dump_predictions import DumpPredictions
from .proposal_recall import ProposalRecall
from .segment_accuracy import SegmentAccuracy
from .segment_map import SegmentMAP
from .task_metrics import TaskMetrics

__all__ = [
    "BaseDatasetMetric",
    "DumpPredictions",
    "ProposalRecall",
    "SegmentAccuracy",
    "SegmentMAP",
    "TaskMetrics",
]
