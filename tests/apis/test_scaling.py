"""Measurements of how costs grow, at tiny sizes."""

import pytest
import torch
from mmengine.config import Config

from loco_mm.apis.scaling import VideoFiles, metric_cost, process_cost, step_cost
from loco_mm.fileio import read_annotations
from loco_mm.registry import MODELS
from loco_mm.testing import shrink_model

from ..comparing import CONFIGS


@pytest.fixture
def tiny():
    cfg = Config.fromfile(CONFIGS / "loco_synthetic.py")
    cfg.model = shrink_model(cfg.model)
    return cfg


def test_what_a_step_keeps_grows_with_batch_and_steps(tiny):
    one, two = (step_cost(tiny, size, {}).memory for size in (1, 2))
    long = step_cost(tiny, 1, {"model.max_len": 2 * tiny.model.max_len}).memory
    assert 1.5 * one < two < 2 * one
    assert 1.5 * one < long < 2 * one
    many = step_cost(tiny, 1, {"model.head.num_classes": 500})
    assert many.memory > one and many.seconds > 0


@pytest.mark.nightly
def test_what_a_process_holds(tiny):
    whole, sharded = (process_cost(tiny, 2, 1, sharded).memory for sharded in (False, True))
    with torch.device("meta"):
        parameters = MODELS.build(tiny.model).parameters()
    weights = sum(parameter.nbytes for parameter in parameters if parameter.requires_grad)
    # Weights, gradients, two moments and averages.
    assert whole == pytest.approx(5 * weights, rel=0.02)
    assert 0.45 * whole < sharded < 0.6 * whole


def test_files_of_many_videos():
    files = VideoFiles(30)
    assert len(read_annotations(files.annotations).videos) == 30
    files.write_features()
    assert files.find_extracted().seconds > 0
    files.pack_features()
    for packed in (False, True):
        dataset = files.dataset(packed)
        assert len(dataset) == 30
        cost = files.open_dataset(packed)
        assert cost.seconds > 0 and cost.memory >= 0


def test_memory_grows_with_the_number_of_videos():
    small, large = (metric_cost(videos).memory for videos in (100, 400))
    assert 3 * small < large < 5 * small
    small, large = (VideoFiles(videos).read_annotations().memory for videos in (100, 400))
    assert 3 * small < large < 5 * small
