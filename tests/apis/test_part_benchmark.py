"""Times of parts beside those of references."""

from types import SimpleNamespace

import pytest
import torch

from loco_mm.apis import benchmark
from loco_mm.apis.part_benchmark import compare, dense_correspondence
from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.modulators import LCFModulation


def test_the_shortest_times_are_compared(monkeypatch):
    # Start and end of part and reference, twice.
    ticks = iter([0.0, 4.0, 10.0, 13.0, 20.0, 22.0, 30.0, 39.0])
    clock = SimpleNamespace(perf_counter=lambda: next(ticks))
    monkeypatch.setattr(benchmark, "time", clock)
    calls = []
    found = compare("a", lambda: calls.append("a"), "b", lambda: calls.append("b"), 2)
    assert (found.seconds, found.reference_seconds, found.ratio) == (2.0, 3.0, 1.5)
    assert calls == ["a", "b"] * 3


def test_the_dense_formula_is_lcf_with_its_gradients():
    torch.manual_seed(0)
    layer = LCFModulation(FeatureSpec(16, (1,), 24), 8, loss_weight=0.5, block_elements=400)
    streams = [torch.randn(3, 24, 16, requires_grad=True) for _ in range(2)]
    features = Features(dict(visual=streams[0], audio=streams[1]), torch.ones(3, 24) > 0)
    losses = layer(features)["loss_lcf"], dense_correspondence(layer, *streams)
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-5)
    leaves = [*streams, *layer.parameters()]
    for one, other in zip(*(torch.autograd.grad(loss, leaves) for loss in losses), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
