"""LAC compared to loops over samples, heads and windows, written from the paper."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F

from loco_mm.apis.benchmark import saved_bytes
from loco_mm.models.layers import GlobalAttention, WindowAttention

DIM, HEADS = 16, 4


def make_inputs(length, lengths, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    streams = [
        torch.randn(len(lengths), length, DIM, generator=generator, dtype=dtype).requires_grad_()
        for _ in range(3)
    ]
    mask = torch.arange(length) < torch.tensor(lengths)[:, None]
    return streams, mask


def make_layer(window, scale=0.5, seed=1):
    torch.manual_seed(seed)
    layer = WindowAttention(DIM, HEADS, window, adaptive=True).double()
    torch.nn.init.normal_(layer.adapter.weight, std=scale)
    torch.nn.init.normal_(layer.adapter.bias, std=scale)
    return layer


def read(sequence, mask, position):
    """Linear interpolation at one position, clamped to the valid steps."""
    last = int(mask.sum()) - 1
    if not 0 <= float(position.detach()) <= last:
        return sequence[0 if float(position.detach()) < 0 else last]
    low = max(0, min(math.floor(float(position.detach())), last - 1))
    high = min(low + 1, last)
    weight = position - low
    return sequence[low] * (1 - weight) + sequence[high] * weight


def slow_lac(layer, query, key, value, mask):
    """One sample, one head, one window, one query at a time."""
    window, width = layer.window_size, DIM // HEADS
    batch, length, _ = query.shape
    rows = []
    for b in range(batch):
        heads = []
        for h in range(HEADS):
            part = slice(h * width, (h + 1) * width)
            keys, values = [], []
            for first in range(0, length, window):
                steps = [t for t in range(first, min(first + window, length)) if mask[b, t]]
                if not steps:
                    keys += [None] * window
                    values += [None] * window
                    continue
                mean = sum(key[b, t] for t in steps) / len(steps)
                adapted = F.linear(F.leaky_relu(mean), layer.adapter.weight, layer.adapter.bias)
                size, offset = adapted[h], adapted[HEADS + h]
                centre = first + (window - 1) / 2 + offset * window / 2
                half = (window - 1) / 2 * (1 + size)
                for k in range(window):
                    spread = -1 + 2 * k / (window - 1) if window > 1 else 0.0
                    if first + k not in steps:
                        keys.append(None)
                        values.append(None)
                        continue
                    position = centre + spread * half
                    keys.append(read(key[b, :, part], mask[b], position))
                    values.append(read(value[b, :, part], mask[b], position))
            out = []
            for i in range(length):
                near = range(max(0, i - window // 2), min(len(keys), i + window // 2 + 1))
                near = [j for j in near if keys[j] is not None]
                if not near:
                    out.append(query[b, i, part])
                    continue
                scores = torch.stack([query[b, i, part] @ keys[j] for j in near])
                weights = (scores / math.sqrt(width)).softmax(0)
                out.append(sum(w * values[j] for w, j in zip(weights, near, strict=True)))
            heads.append(torch.stack(out))
        rows.append(torch.cat(heads, dim=-1))
    return torch.stack(rows)


@pytest.mark.parametrize(
    ("length", "lengths", "window"),
    [
        (32, (32, 19), 8),
        (24, (23, 1), 4),
        (21, (21, 13), 8),  # not a multiple of the window
        (5, (5, 2), 8),  # shorter than the window
        (1, (1,), 8),
        (14, (14, 9), 7),
        (9, (9, 4), 1),
    ],
)
def test_adaptive_equals_the_loop_with_gradients(length, lengths, window):
    layer = make_layer(window)
    (query, key, value), mask = make_inputs(length, lengths)
    found, _ = layer(query=query, key=key, value=value, mask=mask)
    # Padded steps are arbitrary.
    found, wanted = (x * mask[..., None] for x in (found, slow_lac(layer, query, key, value, mask)))
    torch.testing.assert_close(found, wanted, atol=1e-9, rtol=1e-9)

    probe = torch.randn(found.shape, generator=torch.Generator().manual_seed(2)).double()
    leaves = [query, key, value, layer.adapter.weight, layer.adapter.bias]
    mine = torch.autograd.grad((found * probe).sum(), leaves)
    theirs = torch.autograd.grad((wanted * probe).sum(), leaves, allow_unused=True)
    for name, a, b in zip(["q", "k", "v", "weight", "bias"], mine, theirs, strict=True):
        b = torch.zeros_like(a) if b is None else b
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


@pytest.mark.parametrize("length", [5, 21, 40])
def test_zero_adapters_equal_fixed_windows(length):
    adaptive = WindowAttention(DIM, HEADS, 8, adaptive=True, offset_spread=0.0)
    fixed = WindowAttention(DIM, HEADS, 8, adaptive=False)
    (query, key, value), mask = make_inputs(length, (length, 3), dtype=torch.float32)
    streams = dict(query=query, key=key, value=value, mask=mask)
    found, wanted = (layer(**streams)[0][mask] for layer in (adaptive, fixed))
    assert torch.equal(found, wanted)


def test_windows_may_start_apart():
    layer = WindowAttention(DIM, HEADS, 8, offset_spread=1.5, size_spread=0.5)
    key = torch.randn(1, 24, DIM)
    positions, _ = layer.target_positions(key, torch.ones(1, 24, dtype=torch.bool))
    # Second window: its centre is 11.5, half a window is 4 steps, its first step is 3.5 before.
    for head, share in enumerate((-1, -1 / 3, 1 / 3, 1)):
        centre, reach = 11.5 + 1.5 * share * 4, 3.5 * (1 + 0.5 * share)
        wanted = centre + torch.linspace(-reach, reach, 8)
        torch.testing.assert_close(positions[0, 8:16, head], wanted)
    alone = WindowAttention(DIM, 1, 8, offset_spread=1.5, size_spread=0.5)
    assert alone.adapter.bias.tolist() == [0, 0]


def test_windows_may_depend_on_keys_from_the_start():
    torch.manual_seed(0)
    weights = WindowAttention(DIM, HEADS, 8, adapter_init="uniform").adapter.weight.detach()
    assert weights.abs().max() <= DIM**-0.5
    assert weights.std() == pytest.approx(DIM**-0.5 / 3**0.5, rel=0.1)


@pytest.mark.parametrize("steps", [1, 3, 13])
def test_no_adapter_takes_a_key_from_a_query(steps):
    """With equal keys, each query weights its valid keys equally: their number is visible."""
    layer = WindowAttention(DIM, HEADS, 8, adaptive=True).double()
    mask = (torch.arange(16) < steps)[None]
    key = torch.zeros(1, 16, DIM, dtype=torch.float64)
    value = torch.arange(16.0, dtype=torch.float64)[None, :, None].repeat(1, 1, DIM)
    for bias in (1e-3, -1e-3, 0.5, 6.0, -6.0):
        with torch.no_grad():
            layer.adapter.bias.fill_(bias)
        out, _ = layer(query=key, key=key, value=value, mask=mask)
        positions = layer.target_positions(key, mask)[0][0, :, 0].detach()
        assert float(positions.min()) >= 0 and float(positions.max()) <= steps - 1
        for i in range(steps):
            near = positions[max(0, i - 4) : min(steps, i + 5)]
            assert out[0, i, 0].item() == pytest.approx(near.mean().item(), abs=1e-12)


def test_a_window_at_the_edge_still_learns():
    """At the last valid step, a position has the slope to the previous step."""
    layer = WindowAttention(DIM, HEADS, 8, adaptive=True, offset_spread=0.0).double()
    key = torch.arange(3.0, dtype=torch.float64)[None, :, None].repeat(1, 1, DIM)
    padded = F.pad(key, (0, 0, 0, 6), value=100.0)
    gradients = []
    for sequence in (key, padded):
        layer.zero_grad()
        mask = (torch.arange(sequence.shape[1]) < 3)[None]
        zero = torch.zeros_like(sequence)
        out, _ = layer(query=zero, key=sequence, value=sequence, mask=mask)
        out[:, :3].sum().backward()
        gradients.append(layer.adapter.bias.grad.clone())
    assert torch.equal(*gradients)
    # Offsets move all three positions by 4 steps, which each of three queries reads as their mean.
    assert gradients[0][HEADS:].tolist() == pytest.approx([3 * 4 * DIM / HEADS] * HEADS)


def test_figures_count_valid_windows_and_entries():
    layer = WindowAttention(DIM, HEADS, 8, adaptive=True)
    with torch.no_grad():
        layer.adapter.bias.copy_(torch.tensor([-1.0, 0, 0, 0, 0, 0, 0.25, 0]))
    mask = torch.arange(24) < torch.tensor([[12], [3]])
    key = torch.zeros(2, 24, DIM)
    layer.eval()
    assert layer(query=key, key=key, value=key, mask=mask)[1] == {}
    layer.train()
    _, figures = layer(query=key, key=key, value=key, mask=mask)
    found = {name: value.item() for name, value in figures.items()}
    assert found["lac_size"] == pytest.approx(1 / 4)
    assert found["lac_offset"] == pytest.approx(0.25 / 4)
    # Head 0 reads 3.5 eight times, then 11.5 four times and, in the short video, 3.5 three times:
    # after steps 11 and 2. Head 2 reads one step later: 12 and 3 are after these.
    assert found["lac_clamped"] == pytest.approx((4 + 3 + 1 + 1) / (15 * 4))


def test_a_window_that_covers_all_equals_dense_attention():
    fixed = WindowAttention(DIM, HEADS, 64, adaptive=False)
    (query, key, value), mask = make_inputs(32, (32, 11))
    streams = dict(query=query, key=key, value=value, mask=mask)
    found, wanted = (layer(**streams)[0][mask] for layer in (fixed, GlobalAttention(DIM, HEADS)))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_query_without_a_valid_key_returns_finite_values_and_gradients(dtype):
    layer = make_layer(4).to(dtype)
    (query, key, value), mask = make_inputs(16, (16, 2), dtype=dtype)
    mask[1] = False
    out, _ = layer(query=query, key=key, value=value, mask=mask)
    out.sum().backward()
    leaves = (query, key, value, *layer.parameters())
    assert out.isfinite().all() and all(x.grad.isfinite().all() for x in leaves)


@pytest.mark.parametrize("adaptive", [True, False])
def test_sequences_in_one_do_not_attend_to_each_other(adaptive):
    layer = make_layer(4) if adaptive else WindowAttention(DIM, HEADS, 4, adaptive=False)
    (query, key, value), _ = make_inputs(42, (42, 42))
    mask = torch.ones(2, 42, dtype=torch.bool)
    # Ends of the first and of the last sequence are not valid.
    mask[0, 19:21] = mask[1, 30:] = False
    streams = dict(query=query, key=key, value=value, mask=mask)
    whole, figures = layer(**streams, spans=[21, 1, 20])
    every = []
    for part in (slice(0, 21), slice(21, 22), slice(22, 42)):
        alone, found = layer(**{name: x[:, part] for name, x in streams.items()})
        valid = mask[:, part]
        torch.testing.assert_close(whole[:, part][valid], alone[valid])
        every.append(found)
    assert bool(figures) == adaptive
    for name, value in figures.items():
        torch.testing.assert_close(value, torch.stack([found[name] for found in every]).mean())


@pytest.mark.parametrize("adaptive", [True, False])
def test_padding_changes_nothing(adaptive):
    torch.manual_seed(0)
    layer = make_layer(8) if adaptive else WindowAttention(DIM, HEADS, 8, False)
    (query, key, value), _ = make_inputs(13, (13,))
    alone, _ = layer(query=query, key=key, value=value, mask=torch.ones(1, 13, dtype=torch.bool))
    padded = [F.pad(x, (0, 0, 0, 27), value=5.0) for x in (query, key, value)]
    mask = (torch.arange(40) < 13)[None]
    assert mask.shape[1] > 16  # complete windows of padding
    wide, _ = layer(query=padded[0], key=padded[1], value=padded[2], mask=mask)
    torch.testing.assert_close(wide[:, :13], alone, atol=1e-9, rtol=1e-9)


def test_heads_have_their_own_windows():
    layer = WindowAttention(DIM, HEADS, 8, adaptive=True)
    with torch.no_grad():
        layer.adapter.bias.copy_(torch.tensor([0.0, 1.0, 0.0, -0.5, 0.0, 0.0, 0.25, 0.0]))
    mask = torch.ones(1, 8, dtype=torch.bool)
    positions, _ = layer.target_positions(torch.zeros(1, 8, DIM), mask)
    base = torch.arange(8.0)
    wanted = torch.stack([base, 3.5 + 2 * (base - 3.5), base + 1, 3.5 + 0.5 * (base - 3.5)], 1)
    torch.testing.assert_close(positions[0], wanted.clamp(0, 7))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_positions_stay_exact_in_low_precision(kind):
    layer = WindowAttention(DIM, HEADS, 8, adaptive=True, offset_spread=0.0).to(kind)
    key = torch.randn(1, 2048, DIM, dtype=kind)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        positions, _ = layer.target_positions(key, torch.ones(1, 2048, dtype=torch.bool))
    assert positions.dtype == torch.float32
    assert torch.equal(positions[0, :, 0], torch.arange(2048.0))


@pytest.mark.parametrize("window", [5, 4])
def test_a_learned_bias_is_added_at_its_distance(window):
    """Compared to loops for fixed windows; odd or even, they extend by half the window size."""
    torch.manual_seed(0)
    layer = WindowAttention(DIM, HEADS, window, adaptive=False, relative_bias=True).double()
    torch.nn.init.normal_(layer.relative_bias)
    reach = window // 2
    assert layer.relative_bias.shape == (HEADS, 2 * reach + 1)
    (query, key, value), mask = make_inputs(11, (11, 6))
    found, _ = layer(query=query, key=key, value=value, mask=mask)
    width = DIM // HEADS
    for b, h, i in itertools.product(range(2), range(HEADS), range(11)):
        part = slice(h * width, (h + 1) * width)
        near = [j for j in range(i - reach, i + reach + 1) if 0 <= j < 11 and mask[b, j]]
        if not near or not mask[b, i]:
            continue
        scores = torch.stack([query[b, i, part] @ key[b, j, part] for j in near]) / math.sqrt(width)
        scores = scores + layer.relative_bias[h, [j - i + reach for j in near]]
        wanted = scores.softmax(0) @ torch.stack([value[b, j, part] for j in near])
        torch.testing.assert_close(found[b, i, part], wanted, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("adaptive", [True, False])
def test_memory_that_the_backward_pass_needs_is_linear_in_the_steps(adaptive):
    layer = WindowAttention(DIM, HEADS, 8, adaptive)

    def saved(steps):
        (query, key, value), mask = make_inputs(steps, (steps,), dtype=torch.float32)
        return saved_bytes(lambda: layer(query=query, key=key, value=value, mask=mask))

    small, twice, four = (saved(steps) for steps in (256, 512, 1024))
    assert four - twice == pytest.approx(2 * (twice - small), rel=0.05)
