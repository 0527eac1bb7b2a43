"""Operators and times of a training step."""

import copy
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from loco_mm.apis import load_config
from loco_mm.apis.benchmark import (
    OperatorCounter,
    StepTime,
    count_operators,
    random_batch,
    time_step,
)
from loco_mm.registry import MODELS

from ..comparing import CONFIGS, tiny_models


class Line(nn.Module):
    """A model with one layer."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 4)

    def forward(self, inputs, mode):
        return self.layer(inputs["x"]).t().relu().sum()

    def parse_losses(self, losses):
        return losses, {}


def batch():
    return dict(inputs=dict(x=torch.ones(2, 8), mask=torch.ones(2, dtype=torch.bool)))


def test_operators_are_counted_without_views():
    counts = count_operators(Line(), batch())
    # addmm, relu and sum; the transposed layer and its transposed output are views.
    assert counts.forward == 3
    # The gradient of the loss, of relu, of the weight (a product), and of the bias.
    assert counts.backward == 4
    assert counts.products == 2 and counts.total == 7


def test_the_time_of_a_product_is_that_of_as_many_operations(monkeypatch):
    ticks = iter([0.0, 3.0, 10.0, 14.0, 20.0, 22.0, 30.0, 38.0])
    monkeypatch.setattr(
        "loco_mm.apis.benchmark.time", SimpleNamespace(perf_counter=lambda: next(ticks))
    )
    found = time_step(Line(), batch(), 2)
    # The shortest step takes 2 s, and a product of 2 * 2048^3 operations 4 s. The step's product
    # is computed once forward and twice backward.
    assert found.step == 2
    assert found.product == pytest.approx(4 * (3 * 2 * 2 * 8 * 4) / (2 * 2048**3))
    assert StepTime(2.0, 1.0).share == 0.5


def test_a_step_of_the_paper_s_model_has_a_third_of_the_operators_it_had():
    """6,242 when each level and stream was computed by itself; the number depends on no width."""
    narrow = {
        "model.dim": 16,
        "model.encoder.visual_dim": 8,
        "model.encoder.audio_dim": 8,
        "model.head.feat_channels": 8,
        "model.modulator.embed_dim": 8,
    }
    cfg = load_config(str(CONFIGS / "loco_unav100_onepeace.py"), narrow)
    model = MODELS.build(cfg.model).train()
    counts = count_operators(model, random_batch(model, 8, 8, 2, 256))
    assert counts.total < 6242 / 2.9


def test_a_model_that_reads_maps_gets_maps():
    settings = copy.deepcopy(tiny_models()["cacenet_ave_fully"])
    model = MODELS.build(settings).train()
    widths = settings.encoder.visual_dim, settings.encoder.audio_dim
    batch = random_batch(model, *widths, 2, settings.max_len)
    assert batch["inputs"]["visual"].shape == (2, settings.max_len, 7, 7, widths[0])
    assert count_operators(model, batch).backward > 0


def test_operators_on_lists_of_tensors_count_as_one():
    parameters = [nn.Parameter(torch.ones(2)) for _ in range(3)]
    optimizer = torch.optim.AdamW(parameters, fused=True)
    for _ in range(2):
        for parameter in parameters:
            parameter.grad = torch.ones(2)
        with OperatorCounter() as counter:
            optimizer.step()
    assert counter.counts == {"_foreach_add_": 1, "_fused_adamw_": 1}
