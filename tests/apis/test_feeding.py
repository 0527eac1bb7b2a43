"""Rates at which batches reach a device."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import init_default_scope

from loco_mm.apis import feeding, load_config
from loco_mm.apis.feeding import FeedBenchmark
from loco_mm.testing import shrink_model

from ..comparing import CONFIGS


@pytest.fixture(scope="module")
def feed():
    init_default_scope("mmaction")
    cfg = load_config(str(CONFIGS / "loco_unav100_onepeace.py"))
    cfg.train_dataloader.batch_size = 2
    # The benchmark of a CPU has a tiny model.
    cfg.model = shrink_model(cfg.model)
    return FeedBenchmark(cfg, 3, torch.device("cpu"))


@pytest.mark.parametrize("form", ["files", "float32", "bfloat16", "ram", "device"])
def test_every_form_gives_all_videos_of_real_width(feed, form, monkeypatch):
    shapes, ticks = [], iter([0.0, 1.5, 2.0])
    batch = feed._batch
    monkeypatch.setattr(
        feed, "_batch", lambda data: shapes.append(batch(data).shape) or batch(data)
    )
    clock = SimpleNamespace(perf_counter=lambda: next(ticks))
    monkeypatch.setattr(feeding, "time", clock)
    assert feed.rate(form, 0) == (2, 6)
    assert shapes == [(2, 256, 1536), (1, 256, 1536)] * 2
