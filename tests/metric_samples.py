"""Samples with ground truth and predictions, for metrics and prediction files."""

import json

import numpy as np
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from loco_mm.evaluation import DumpPredictions, SegmentMAP
from loco_mm.structures import Events, TemporalGrid
from loco_mm.tasks import EVENTS

CLASSES = ("bark", "rain")


def sample(video_id, truth, predictions):
    gt = Events(
        np.array([t[0] for t in truth], np.float32).reshape(-1, 2),
        np.array([t[1] for t in truth], np.int64),
    )
    data = EVENTS.sample(video_id, 40.0, TemporalGrid(16, 16, 4), in_seconds=gt)
    data.pred_instances = InstanceData(
        segments=torch.tensor([p[0] for p in predictions]).reshape(-1, 2),
        labels=torch.tensor([p[1] for p in predictions], dtype=torch.long),
        scores=torch.tensor([p[2] for p in predictions]),
    )
    return data


def random_samples(count=8):
    rng = np.random.default_rng(0)

    def events(number):
        start = rng.uniform(0, 20, number).round(3)
        end = (start + rng.uniform(0.5, 9, number)).round(3)
        return [
            ([float(s), float(e)], int(rng.integers(2))) for s, e in zip(start, end, strict=True)
        ]

    return [
        sample(f"v{i}", events(3), [(*event, float(rng.uniform())) for event in events(12)])
        for i in range(count)
    ]


def evaluate(samples, meta=None, dump=None, **settings):
    metrics = [SegmentMAP(**settings)]
    if dump is not None:
        metrics.append(DumpPredictions(str(dump)))
    return run_metrics(metrics, samples, meta)


def run_metrics(metrics, samples, meta=None):
    evaluator = Evaluator(metrics)
    evaluator.dataset_meta = dict(classes=CLASSES) | (meta or {})
    for start in range(0, len(samples), 3):
        evaluator.process(samples[start : start + 3])
    return evaluator.evaluate(len(samples))


def annotate(path, samples, subset="test"):
    database = {
        s.video_id: dict(
            duration=40.0,
            subset=subset,
            annotations=[
                dict(segment=[round(x, 3) for x in seg], label=CLASSES[k], label_id=int(k))
                for seg, k in zip(s.gt_segments_sec.tolist(), s.gt_labels, strict=True)
            ],
        )
        for s in samples
    }
    path.write_text(json.dumps(dict(database=database)))
    return path
