"""Metrics of several tasks."""

import pytest

from loco_mm.errors import InputError
from loco_mm.evaluation.metrics import SegmentMAP, TaskMetrics

from ...metric_samples import random_samples

NAMES = ("events", "sounds")


def make(meta=None, **settings):
    metric = TaskMetrics({name: dict(type="SegmentMAP", **settings) for name in NAMES})
    if meta is None:
        meta = {name: dict(classes=("a", "b"), dataset_type=f"set {name}") for name in NAMES}
    metric.dataset_meta = dict(meta.get(NAMES[0], {}), tasks=meta)
    return metric


def test_each_has_the_figures_of_its_samples():
    samples = [sample.to_dict() for sample in random_samples()]
    metric, wanted = make(tiou_thresholds=[0.5]), {}
    for name, part in zip(NAMES, (samples[:5], samples[5:]), strict=True):
        for sample in part:
            sample["task"] = name
        own = SegmentMAP(tiou_thresholds=[0.5], prefix=name)
        own.process(None, part)
        wanted |= own.evaluate(len(part))
    # In any order, in batches of any size.
    for batch in (samples[6:], samples[:2], samples[2:6]):
        metric.process(None, batch)
    found = metric.evaluate(len(samples))
    assert found == wanted
    assert list(found)[0] == "events/mAP" and found["events/mAP"] != found["sounds/mAP"]


def test_tasks_that_differ_from_the_data_set_s_are_reported():
    with pytest.raises(
        InputError,
        match=r"TaskMetrics\.tasks: expected a metric for each task of the dataset \(events\), "
        r"got events, sounds",
    ):
        make(dict(events={}))
    with pytest.raises(
        InputError,
        match=r"TaskMetrics\.tasks: expected a metric for each task of the dataset \(it has "
        r"none\), got events, sounds",
    ):
        make({})
