"""CCNet's gates and neck compared to loops over steps, and long videos."""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.errors import InputError
from loco_mm.models.features import FeatureSpec
from loco_mm.models.layers import masked_max_pool
from loco_mm.registry import MODELS
from loco_mm.testing import build_with_active_branches

CLASSES, CHANNELS, HIDDEN, STEPS = 3, 8, 4, 8


def features(length, steps=STEPS):
    """(1, T, D), 0 on padding, and the mask."""
    generator = torch.Generator().manual_seed(length)
    x = torch.zeros(1, steps, CHANNELS, dtype=torch.float64)
    x[:, :length] = torch.randn(1, length, CHANNELS, generator=generator, dtype=torch.float64)
    return x, (torch.arange(steps) < length)[None]


def neck(**settings):
    spec = FeatureSpec(CHANNELS, (1, 2, 4), STEPS)
    config = dict(type="GranularityCollaboration", spec=spec, num_classes=CLASSES)
    return build_with_active_branches(
        dict(config, channels=HIDDEN, num_heads=2, **settings)
    ).double()


def levels(length, steps=STEPS):
    found = [features(length, steps)]
    for _ in range(2):
        x, mask = found[-1]
        found.append((masked_max_pool(x, mask, 2), mask[:, ::2]))
    return tuple(map(list, zip(*found, strict=True)))


@torch.no_grad()
def test_a_gate_equals_its_formula():
    gate = build_with_active_branches(
        dict(type="ConsistencyGate", dim=CHANNELS, num_heads=2, stride=2)
    ).double()
    x, mask = features(5)

    def project(part, norm):
        conv, inner, linear = part
        normed = norm(x[0, :5]).T[None]
        rows = F.conv1d(normed, conv.weight, stride=2, padding=1, groups=CHANNELS)[0].T
        return linear(inner(rows)).unflatten(1, (2, -1))

    q = project(gate.query, gate.query_norm)
    k, v = (project(part, gate.context_norm) for part in (gate.key, gate.value))
    for i in range(3):
        heads = [(q[i, h] @ k[:, h].T / 2).softmax(0) @ v[:, h] for h in range(2)]
        wanted = gate.gate(gate.output(torch.cat(heads))).sigmoid()
        torch.testing.assert_close(gate(x, mask)[0, i], wanted, atol=1e-9, rtol=1e-9)


@torch.no_grad()
def test_each_stream_gates_the_other_and_what_it_raised_is_read_above():
    spec = FeatureSpec(CHANNELS, (1,), STEPS)
    config = dict(type="LACPyramid", spec=spec, num_levels=3, num_heads=2)
    pyramid = build_with_active_branches(dict(config, gate=dict(type="ConsistencyGate"))).double()
    visual, mask = features(7)
    audio = visual + mask[..., None]
    found = pyramid(dict(visual=visual, audio=audio), mask)
    for level, x in enumerate(found.features):
        raised = []
        for own, other, blocks, gates in (
            (visual, audio, pyramid.visual_blocks, pyramid.audio_gates),
            (audio, visual, pyramid.audio_blocks, pyramid.visual_gates),
        ):
            plain, _, _ = blocks[level](query=other, context=own, mask=mask)
            raised.append(plain * (1 + gates[level](other, mask)))
        visual, audio = raised
        mask = found.masks[level]
        torch.testing.assert_close(x, torch.cat([visual, audio], -1), atol=1e-9, rtol=1e-9)
        assert not torch.equal(*x.chunk(2, -1))


@torch.no_grad()
def test_attention_between_channels_is_laid_out_as_published():
    """Row h of a sample has C * T outputs, of which C * H rows of T are read."""
    branch = neck().channel_branches[0]
    x, _ = features(6)
    pressed = x[..., :HIDDEN]
    rows = pressed.transpose(1, 2)
    everything = torch.ones(1, HIDDEN, dtype=torch.bool)
    after, _, _ = branch.block(query=rows, context=rows, mask=everything)
    flat = [
        max(0.0, (branch.widen.weight[j] @ after[0, h] + branch.widen.bias[j]).item())
        for h in range(HIDDEN)
        for j in range(CLASSES * STEPS)
    ]
    found = branch(pressed)
    assert found.shape == (1, STEPS, CLASSES, HIDDEN)
    for t in range(STEPS):
        for c in range(CLASSES):
            for h in range(HIDDEN):
                wanted = flat[(c * HIDDEN + h) * STEPS + t]
                assert found[0, t, c, h].item() == pytest.approx(wanted, abs=1e-9)


@torch.no_grad()
@pytest.mark.parametrize("length", [5, 8])
def test_levels_inform_each_other(length):
    layer = neck()
    xs, masks = levels(length)
    middle = []
    for n, (x, mask) in enumerate(zip(xs, masks, strict=True)):
        if n < 2:
            query = torch.zeros_like(x)
            for t in range(x.shape[1]):
                weights = layer.stretch[n].weight[t][:, None]
                query[0, t] = ((weights * xs[n + 1][0]).sum(0) + layer.stretch[n].bias[t]).relu()
            x, _, _ = layer.coarse_to_fine(query=query, context=x, mask=mask)
        pressed = layer.press(x).relu() * mask[..., None]
        middle.append(layer.dependency.level(x, mask, layer.channel_branches[n](pressed)))
    wanted = middle[:1]
    for n, block in enumerate(layer.fine_to_coarse):
        context = masked_max_pool(wanted[n], masks[n], 2)
        update, _, _ = block(query=middle[n + 1], context=context, mask=masks[n + 1])
        wanted.append(middle[n + 1] + update)
    for one, other in zip(layer(xs, masks), wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


@torch.no_grad()
def test_padding_to_any_length_changes_nothing():
    layer = neck()
    whole = layer(*levels(5))
    for steps in (12, 16):
        for one, other in zip(layer(*levels(5, steps)), whole, strict=True):
            size = min(one.shape[1], other.shape[1])
            torch.testing.assert_close(one[:, :size], other[:, :size], atol=1e-9, rtol=1e-9)
            assert not one[:, size:].any()


def test_a_longer_sequence_is_reported():
    with pytest.raises(
        InputError, match=r"model.neck: expected at most 8 steps, got 11: .*windows"
    ):
        neck()(*levels(11, 12))


def test_a_model_hands_over_the_head_s_classes(small_model):
    small_model.neck = dict(type="GranularityCollaboration", channels=HIDDEN)
    model = MODELS.build(small_model)
    assert model.neck.dependency.num_classes == model.head.num_classes
