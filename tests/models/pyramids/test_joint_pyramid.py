"""The pyramid of a single stream."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models import JointPyramid
from loco_mm.models.features import FeatureSpec

SPEC = FeatureSpec(8, (1,), 16)
WINDOW = dict(type="WindowAttention", adaptive=False, window_size=4)


@torch.no_grad()
def test_level_0_is_the_stream_and_each_further_one_reads_the_one_before():
    torch.manual_seed(0)
    pyramid = JointPyramid(SPEC, num_levels=3, num_heads=2).eval()
    mask = torch.arange(16) < torch.tensor([16, 9])[:, None]
    x = torch.randn(2, 16, 8) * mask[..., None]
    levels = pyramid(dict(joint=x), mask)
    assert torch.equal(levels.features[0], x)
    assert [f.shape[1] for f in levels.features] == [16, 8, 4]
    assert [m.sum(1).tolist() for m in levels.masks] == [[16, 9], [8, 5], [4, 3]]
    again, _, _ = pyramid.blocks[1](
        query=levels.features[1], context=levels.features[1], mask=levels.masks[1]
    )
    assert torch.equal(again, levels.features[2])
    assert pyramid.out_spec == FeatureSpec(8, (1, 2, 4), 16)


def test_each_level_may_have_an_attention_of_its_own():
    attention = [WINDOW, dict(type="GlobalAttention")]
    pyramid = JointPyramid(SPEC, num_levels=3, num_heads=2, attention=attention)
    kinds = [type(block.attention).__name__ for block in pyramid.blocks]
    assert kinds == ["WindowAttention", "GlobalAttention"]
    with pytest.raises(
        InputError,
        match=r"model\.pyramid\.attention: expected 3 configs, one for each level but the first, "
        r"got 2",
    ):
        JointPyramid(SPEC, num_levels=4, attention=attention)


def test_two_streams_are_refused():
    x, mask = torch.zeros(1, 16, 8), torch.ones(1, 16, dtype=torch.bool)
    pyramid = JointPyramid(SPEC, num_levels=2, num_heads=2)
    with pytest.raises(
        InputError, match=r"JointPyramid: expected one stream, got 2 \(visual, audio\)"
    ):
        pyramid(dict(visual=x, audio=x), mask)


@torch.no_grad()
def test_two_streams_are_joined_by_a_linear_layer():
    torch.manual_seed(0)
    pyramid = JointPyramid(SPEC, num_levels=2, num_heads=2, num_streams=2).eval()
    mask = torch.arange(16) < torch.tensor([16, 9])[:, None]
    visual, audio = torch.randn(2, 2, 16, 8) * mask[..., None]
    levels = pyramid(dict(visual=visual, audio=audio), mask)
    weight, bias = pyramid.join.weight, pyramid.join.bias
    joined = visual @ weight[:, :8].T + audio @ weight[:, 8:].T + bias
    torch.testing.assert_close(levels.features[0], joined * mask[..., None])
    with pytest.raises(
        InputError, match=r"model\.pyramid\.num_streams: expected 1, .* \(joint\), got 2"
    ):
        pyramid(dict(joint=visual), mask)


def test_a_length_that_does_not_halve_is_reported():
    with pytest.raises(
        InputError, match=r"model\.max_len: expected a multiple of 32, .*, such as 32, got 16"
    ):
        JointPyramid(SPEC, num_levels=6)
