"""Adaptive windows learn what fixed ones cannot: two small tasks.

Steps, windows and heads are as in LoCo's pyramid: windows of 8 steps, 4 heads.
"""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from loco_mm.apis import load_config
from loco_mm.models.layers import GlobalAttention, WindowAttention

from .comparing import CONFIGS

# The default of the configs.
OF_LOCO = load_config(CONFIGS / "loco_unav100_onepeace.py")
CLASSES, WIDTH = 8, 8
BATCH, STEPS = 8, 64
FAR = 7
ITERATIONS = 1500


class Reader(nn.Module):
    """Linear projections, attention, and a linear layer."""

    def __init__(self, attention):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(CLASSES + WIDTH, 32) for _ in range(3))
        self.attention = attention
        self.output = nn.Linear(32, WIDTH)

    def forward(self, asked, read):
        found, _ = self.attention(
            query=self.query(asked),
            key=self.key(read),
            value=self.value(read),
            mask=torch.ones(BATCH, STEPS, dtype=torch.bool),
        )
        return self.output(found)


def far_values(generator):
    """The value 7 steps ahead with the requested class; others of that class are everywhere."""
    classes = torch.randint(CLASSES, (BATCH, STEPS), generator=generator)
    values = torch.randn(BATCH, STEPS, WIDTH, generator=generator)
    noise = torch.randn(BATCH, STEPS, WIDTH, generator=generator)
    read = torch.cat([F.one_hot(classes, CLASSES), values], dim=-1)
    asked = torch.cat([F.one_hot(classes.roll(-FAR, 1), CLASSES), noise], dim=-1)
    return asked, read, values.roll(-FAR, 1), torch.arange(STEPS) < STEPS - FAR


def event_means(generator):
    """The mean over the event at each step, 4 to 40 steps long, from noisy values."""
    means = torch.zeros(BATCH, STEPS, WIDTH)
    for video in means:
        start = 0
        while start < STEPS:
            share = torch.rand(1, generator=generator).item()
            length = int(4 * math.exp(share * math.log(10)))
            video[start : start + length] = torch.randn(WIDTH, generator=generator)
            start += length
    noisy = means + 1.5 * torch.randn(means.shape, generator=generator)
    read = F.pad(noisy, (CLASSES, 0))
    return read, read, means, torch.ones(STEPS, dtype=torch.bool)


def learn(task, attention, seed, rate=1.0):
    """Mean squared error over the last 100 iterations; values have unit variance."""
    torch.manual_seed(seed)
    model = Reader(attention())
    adapter = [p for name, p in model.named_parameters() if "adapter" in name]
    rest = [p for name, p in model.named_parameters() if "adapter" not in name]
    groups = [dict(params=rest, lr=3e-3), dict(params=adapter, lr=3e-3 * rate)]
    optimizer = torch.optim.Adam([group for group in groups if group["params"]])
    generator = torch.Generator().manual_seed(seed)
    errors = []
    for _ in range(ITERATIONS):
        asked, read, wanted, counted = task(generator)
        error = ((model(asked, read) - wanted)[:, counted] ** 2).mean()
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        errors.append(error.item())
    return sum(errors[-100:]) / 100


def window(**settings):
    return lambda: WindowAttention(32, 4, 8, **settings)


def learn_as_loco(task, seed):
    settings = dict(OF_LOCO.model.pyramid.attention)
    assert settings.pop("type") == "WindowAttention"
    keys = OF_LOCO.optim_wrapper.paramwise_cfg.custom_keys
    return learn(
        task, lambda: WindowAttention(32, 4, **settings), seed, keys.adapter.get("lr_mult", 1.0)
    )


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [0, 1])
def test_windows_that_start_apart_find_what_lies_beyond_them(seed):
    # Fixed windows cover only 4 steps ahead.
    assert learn(far_values, window(adaptive=False), seed) > 0.95
    # All heads read at whole steps, where gradients are misleading.
    assert learn(far_values, window(offset_spread=0.0), seed, rate=0.1) > 0.95
    # Global attention sees too many values of the class.
    assert learn(far_values, lambda: GlobalAttention(32, 4), seed) > 0.75
    assert learn_as_loco(far_values, seed) < 0.4


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [0, 1])
def test_adaptive_windows_average_over_an_event(seed):
    fixed = learn(event_means, window(adaptive=False), seed)
    assert learn(event_means, window(offset_spread=0.0), seed) < 0.97 * fixed
    assert learn_as_loco(event_means, seed) < 0.97 * fixed
