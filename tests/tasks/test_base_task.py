"""The base class of tasks."""

import pytest

from loco_mm.evaluation.metrics import SegmentAccuracy, SegmentMAP
from loco_mm.registry import METRICS
from loco_mm.tasks import EVENTS, SEGMENTS, Task


@pytest.mark.parametrize(
    ("number", "classes"), [(2, ("a", "b")), (None, ("a",)), (3, None), (5, "classes.txt")]
)
def test_classes_that_fit_or_are_not_known_are_no_fault(number, classes):
    assert Task.class_mismatch(number, classes, "the data") is None


@pytest.mark.parametrize("task", [EVENTS, SEGMENTS])
def test_classes_are_counted(task):
    assert task.class_mismatch(2, ("a", "b", "c"), "the data") == (
        "model.head.num_classes: expected 3, the classes of the data, got 2"
    )


def test_metrics_name_their_task_and_tasks_their_metric():
    for task, metric in ((EVENTS, SegmentMAP), (SEGMENTS, SegmentAccuracy)):
        assert METRICS.get(task.metric) is metric
        assert metric.task is task
