"""Complexity of the full-size model."""

import pytest

from loco_mm.apis import count_complexity, load_config
from loco_mm.registry import MODELS
from loco_mm.testing import shrink_model

from ..comparing import CONFIGS

GLOBAL = {"model.pyramid.attention": dict(_delete_=True, type="GlobalAttention")}
NO_LCF = {"model.modulator": None}
BASE = {**NO_LCF, "model.pyramid.num_levels": 1}


@pytest.mark.parametrize(
    ("options", "gmacs", "params"),
    [
        (BASE | GLOBAL, 18.26, 71.35),
        (NO_LCF | GLOBAL, 31.25, 102.90),
        (NO_LCF, 31.25, 102.95),
        (GLOBAL, 31.45, 103.68),
        ({}, 31.45, 103.73),
    ],
    ids=["base", "base+GB", "base+LAC", "base+GB+LCF", "LoCo"],
)
def test_counts_of_the_full_size_model_are_the_published_ones(options, gmacs, params):
    cfg = load_config(str(CONFIGS / "loco_unav100_onepeace.py"), options)
    model = MODELS.build(cfg.model)
    total = count_complexity(model, 1536, 1536, 256)["total"]
    assert total.layer_macs / 1e9 == pytest.approx(gmacs, rel=1e-3)
    assert total.layer_params / 1e6 == pytest.approx(params, rel=1e-3)
    assert total.params == sum(p.numel() for p in model.parameters())
    assert total.macs > total.layer_macs


def test_a_model_of_segments_is_counted():
    options = {"model.dim": 16, "model.encoder.num_layers": 1, "model.neck.num_layers": 1}
    maps = {f"{split}_dataloader.dataset.features": "map" for split in ("train", "val", "test")}
    attention = {"model.spatial.type": "AudioGuidedAttention", **maps}
    found = {}
    for name, more in dict(plain={}, attention=attention).items():
        cfg = load_config(str(CONFIGS / "loco_ave_weakly.py"), options | more)
        model = MODELS.build(cfg.model)
        found[name] = count_complexity(model, 512, 128, 12)
        assert found[name]["total"].params == sum(p.numel() for p in model.parameters())
    spatial = found["attention"].pop("spatial")
    assert found["attention"].pop("total").params == found["plain"]["total"].params + spatial.params
    assert found["attention"] == {k: v for k, v in found["plain"].items() if k != "total"}
    lesp = load_config(str(CONFIGS / "lesp" / "lesp_ave_fully.py")).model
    model = MODELS.build(shrink_model(lesp))
    total = count_complexity(model, 12, 8, 10)["total"]
    assert total.params == sum(p.numel() for p in model.parameters())
    # Twelve segments of 49 cells.
    linear = 49 * (512 * 512 + 512 * 49 + 49) + 128 * 512 + 512 * 49
    assert spatial.layer_macs == 12 * linear
