"""Configs of optimizers."""

from types import SimpleNamespace

import pytest
from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from loco_mm.engine.optim import GroupedOptimWrapperConstructor, fused_on_gpu


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


def test_parameters_of_equal_options_are_one_group():
    """Every parameter has the options that MMEngine's constructor gives it."""
    model = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Sequential(nn.Linear(3, 1)))
    wrapper = dict(type="OptimWrapper", optimizer=dict(type="AdamW", lr=0.1, weight_decay=0.2))
    custom = dict(custom_keys={"0.bias": dict(lr_mult=2.0)}, norm_decay_mult=0.0)
    found, wanted = (
        kind(dict(wrapper), dict(custom))(model).optimizer.param_groups
        for kind in (GroupedOptimWrapperConstructor, DefaultOptimWrapperConstructor)
    )

    def by_parameter(groups):
        options = [{name: v for name, v in group.items() if name != "params"} for group in groups]
        return {id(p): o for group, o in zip(groups, options, strict=True) for p in group["params"]}

    assert by_parameter(found) == by_parameter(wanted)
    assert [len(group["params"]) for group in found] == [2, 2, 2]
    assert len(wanted) == 6
