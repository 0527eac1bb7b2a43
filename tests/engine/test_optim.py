"""Configs of optimizers."""

from types import SimpleNamespace

import pytest

from loco_mm.engine.optim import fused_on_gpu


def model_on(gpu):
    return SimpleNamespace(parameters=lambda: [SimpleNamespace(is_cuda=gpu)])


@pytest.mark.parametrize(
    ("gpu", "optimizer", "fused"),
    [
        (True, dict(type="AdamW", lr=0.1), True),
        (False, dict(type="AdamW", lr=0.1), None),
        (True, dict(type="AdamW", foreach=True), None),
        (True, dict(type="AdamW", fused=False), False),
        # It has no fused form.
        (True, dict(type="RMSprop", lr=0.1), None),
    ],
)
def test_optimizers_are_fused_on_a_gpu(gpu, optimizer, fused):
    config = dict(type="DeferredOptimWrapper", optimizer=optimizer, clip_grad=dict(max_norm=1.0))
    found = fused_on_gpu(config, model_on(gpu))
    assert found["optimizer"].get("fused") is fused
    assert found["clip_grad"] == config["clip_grad"]
    assert "fused" not in config["optimizer"] or fused is False
