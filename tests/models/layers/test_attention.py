"""Dense attention."""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.models.layers import GlobalAttention

DIM, HEADS = 16, 4


def make_inputs(length, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    shape = 2, length, DIM
    return [torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for _ in range(3)]


def test_each_head_averages_the_values_of_valid_steps():
    query, key, value = make_inputs(7)
    mask = torch.arange(7) < torch.tensor([[7], [4]])
    found, figures = GlobalAttention(DIM, HEADS)(query=query, key=key, value=value, mask=mask)
    assert not figures
    width = DIM // HEADS
    for video, count in enumerate((7, 4)):
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            q, k, v = (x[video, :count, part] for x in (query, key, value))
            weights = (q @ k.T / width**0.5).softmax(1)
            torch.testing.assert_close(found[video, :count, part], weights @ v)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_query_without_a_valid_key_returns_finite_values_and_gradients(dtype):
    query, key, value = make_inputs(16, dtype)
    mask = torch.tensor([[True], [False]]).expand(2, 16)
    out, _ = GlobalAttention(DIM, HEADS)(query=query, key=key, value=value, mask=mask)
    out.sum().backward()
    assert out.isfinite().all() and all(x.grad.isfinite().all() for x in (query, key, value))


def test_sequences_in_one_do_not_attend_to_each_other():
    layer = GlobalAttention(DIM, HEADS)
    query, key, value = make_inputs(12)
    mask = torch.arange(12) != torch.tensor([[5], [9]])
    streams = dict(query=query, key=key, value=value, mask=mask)
    whole, _ = layer(**streams, spans=[7, 1, 4])
    for part in (slice(0, 7), slice(7, 8), slice(8, 12)):
        alone, _ = layer(**{name: x[:, part] for name, x in streams.items()})
        torch.testing.assert_close(whole[:, part], alone)


def test_padding_changes_nothing():
    layer = GlobalAttention(DIM, HEADS)
    streams = [x[:1] for x in make_inputs(13)]
    names = "query", "key", "value"
    mask = torch.ones(1, 13, dtype=torch.bool)
    alone, _ = layer(**dict(zip(names, streams, strict=True)), mask=mask)
    padded = [F.pad(x, (0, 0, 0, 27), value=5.0) for x in streams]
    wide, _ = layer(**dict(zip(names, padded, strict=True)), mask=F.pad(mask, (0, 27)))
    torch.testing.assert_close(wide[:, :13], alone, atol=1e-9, rtol=1e-9)
