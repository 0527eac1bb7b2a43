"""Target windows of a video."""

import numpy as np
import pytest
import torch

from loco_mm.apis import init_model
from loco_mm.apis.inspection import TargetWindows, target_windows
from loco_mm.apis.window_control import adaptive_layers
from loco_mm.errors import InputError


def test_spread_heads_read_half_a_window_earlier_and_later(model, split):
    name = split.chosen(None, 1)[0]
    steps = int(split.sample(name).inputs_of(model)["mask"].sum())
    assert 8 < steps <= 32
    found = target_windows(model, split.sample(name))
    # Two levels of two streams, with windows of 8 steps.
    assert [x.layer for x in found] == list(adaptive_layers(model))
    assert [x.stride for x in found] == [1, 2, 1, 2]
    for windows in found:
        length = -(-steps // windows.stride)
        start = np.arange(0, length, 8)
        last = length - 1
        step = 0.25 * windows.stride
        fixed = np.stack([start, np.minimum(start + 7, last)], axis=-1)
        np.testing.assert_allclose(windows.fixed, 0.5 + step * fixed)
        # The adapters start with offsets of -1 and 1 half windows.
        target = start[:, None, None] + np.array([[-4, 3], [4, 11]])
        np.testing.assert_allclose(windows.targets, 0.5 + step * target.clip(0, last), atol=1e-6)


def test_no_hooks_are_left_behind(model, split):
    target_windows(model, split.sample(split.video_ids[0]))
    assert not any(layer._forward_pre_hooks for layer in adaptive_layers(model).values())


def test_mean_offset_and_length_by_head():
    fixed = np.array([[0.0, 2.0], [2.0, 4.0]])
    targets = np.array([[[0, 2], [1, 2]], [[4, 6], [3, 4]]], dtype=float)
    windows = TargetWindows("layer", 1, fixed, targets)
    np.testing.assert_allclose(windows.offsets, [1, 0.5])
    np.testing.assert_allclose(windows.scales, [1, 0.5])
    # Windows of a single step have no length.
    single = TargetWindows("layer", 1, fixed[:, :1].repeat(2, 1), targets)
    np.testing.assert_allclose(single.scales, [1, 1])
    assert windows.as_dict()["targets"] == targets.tolist()


def test_fixed_windows_have_no_targets(config, split):
    config.model.pyramid.attention = dict(type="WindowAttention", adaptive=False)
    with pytest.raises(InputError, match="expected a WindowAttention with adaptive=True, got none"):
        target_windows(init_model(config), split.sample(split.video_ids[0]))


def test_windows_depend_on_the_video(model, split):
    torch.manual_seed(0)
    for layer in adaptive_layers(model).values():
        layer.activate_branches()
    first, second = (target_windows(model, split.sample(name)) for name in split.video_ids[:2])
    assert not np.allclose(first[0].targets[0], second[0].targets[0])
