"""The attention block by its formula, and its configurable parts."""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.errors import InputError
from loco_mm.models.layers import AttentionBlock, build_block
from loco_mm.registry import MODELS


def block(**settings):
    torch.manual_seed(0)
    layer = AttentionBlock(16, 4, **settings).double().eval()
    for scale in (layer.attention_scale, layer.mlp_scale):
        # With its initial value, a branch would be too small for a test.
        torch.nn.init.normal_(scale.scale, mean=1.0)
    if getattr(layer.attention, "adapter", None) is not None:
        torch.nn.init.normal_(layer.attention.adapter.weight, std=0.5)
    return layer


def test_self_attention_block_equals_its_formula():
    layer = block()
    x = torch.randn(1, 6, 16).double()
    mask = torch.ones(1, 6, dtype=torch.bool)
    found, _, _ = layer(query=x, context=x, mask=mask)

    def project(part):
        conv, norm, linear = part
        normed = layer.context_norm(x)
        return linear(norm(F.conv1d(normed.mT, conv.weight, padding=1, groups=16).mT))

    q, k, v = (
        project(part)[0].view(6, 4, 4).transpose(0, 1)
        for part in (layer.query, layer.key, layer.value)
    )
    attended = (q @ k.mT / 2).softmax(-1) @ v
    y = x + layer.attention_scale.scale * layer.output(attended.transpose(0, 1).reshape(1, 6, 16))
    hidden = F.gelu(layer.mlp[0](layer.mlp_norm(y)))
    torch.testing.assert_close(
        found, y + layer.mlp_scale.scale * layer.mlp[2](hidden), atol=1e-9, rtol=1e-9
    )


def test_cross_block_asks_one_stream_and_carries_the_other():
    layer = block(cross=True)
    query, context = torch.randn(2, 1, 8, 16).double().unbind(0)
    mask = torch.ones(1, 8, dtype=torch.bool)
    out, _, _ = layer(query=query, context=context, mask=mask)
    with torch.no_grad():
        layer.attention_scale.scale.zero_()
        layer.mlp_scale.scale.zero_()
    silent, _, _ = layer(query=query, context=context, mask=mask)
    assert torch.equal(silent, context)
    assert not torch.allclose(out, context)


@pytest.mark.parametrize(
    "attention",
    [
        dict(type="GlobalAttention"),
        dict(type="WindowAttention", window_size=4, adaptive=False),
        dict(type="WindowAttention", window_size=4),
    ],
    ids=["global", "fixed", "adaptive"],
)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("length", [1, 5, 8, 13])
def test_padding_and_batch_mates_change_nothing(attention, stride, length):
    layer = block(cross=True, attention=attention, stride=stride)
    query, context = torch.randn(2, 1, length, 16).double().unbind(0)
    alone, alone_mask, _ = layer(
        query=query, context=context, mask=torch.ones(1, length, dtype=torch.bool)
    )
    mates = torch.randn(2, 1, 32, 16).double()
    mask = torch.arange(32) < torch.tensor([[length], [32]])
    batch = [
        torch.cat([F.pad(x, (0, 0, 0, 32 - length)), mate])
        for x, mate in zip((query, context), mates, strict=True)
    ]
    out, out_mask, _ = layer(query=batch[0], context=batch[1], mask=mask)
    kept = alone.shape[1]
    assert torch.equal(out_mask[0, :kept], alone_mask[0])
    assert not out_mask[0, kept:].any()
    torch.testing.assert_close(out[0, :kept], alone[0], atol=1e-9, rtol=1e-9)
    assert torch.equal(out[0, kept:], torch.zeros_like(out[0, kept:]))


def test_parameter_count_of_a_full_size_block():
    layer = AttentionBlock(512, 4, cross=True)
    counted = [m for m in layer.modules() if isinstance(m, (torch.nn.Conv1d, torch.nn.Linear))]
    assert sum(p.numel() for m in counted for p in m.parameters()) == 3_154_944


class Reverse(torch.nn.Module):
    """A user-defined attention."""

    def __init__(self, dim, num_heads, max_steps):
        super().__init__()
        self.sizes = (dim, num_heads, max_steps)

    def forward(self, *, query, key, value, mask):
        return value.flip(1) * mask[..., None], dict(turned=query.new_ones(()))


def test_an_attention_of_ones_own_takes_the_place():
    MODELS.register_module("Reverse", module=Reverse, force=True)
    layer = block(attention=dict(type="Reverse"))
    x = torch.randn(1, 6, 16).double()
    out, _, figures = layer(query=x, context=x, mask=torch.ones(1, 6, dtype=torch.bool))
    attended = layer.output(layer.value(layer.context_norm(x)).flip(1))
    y = x + layer.attention_scale.scale * attended
    torch.testing.assert_close(out, y + layer.mlp_scale.scale * layer.mlp(layer.mlp_norm(y)))
    assert layer.attention.sizes == (16, 4, None)
    assert figures == dict(turned=1.0)


def test_a_window_is_no_longer_than_the_sequence():
    layer = block(attention=dict(type="WindowAttention", window_size=8), max_steps=4)
    assert layer.attention.window_size == 4


def test_what_a_block_cannot_take_is_reported():
    sizes = dict(dim=16, num_heads=2, max_steps=8)
    sgp = dict(type="SGPBlock")
    assert build_block(sgp, None, **sizes, stride=2).stride == 2
    assert build_block(None, dict(type="GlobalAttention"), **sizes).query_norm is None
    for attention, cross, argument in (
        (dict(type="GlobalAttention"), False, "attention"),
        (None, True, "cross"),
    ):
        with pytest.raises(
            InputError, match=f"block: its constructor has no argument '{argument}'"
        ):
            build_block(sgp, attention, **sizes, cross=cross)
