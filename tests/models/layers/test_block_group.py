"""Blocks that are computed at once, compared to the same blocks one by one."""

from functools import partial
from unittest.mock import patch

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from loco_mm.apis.benchmark import OperatorCounter
from loco_mm.models.layers import AttentionBlock, block_group, build_block, run_blocks

LENGTHS = (16, 5, 1)
WINDOWS = dict(type="WindowAttention", window_size=4)
ATTENTIONS = {
    "global": None,
    "adaptive": WINDOWS,
    "fixed": dict(WINDOWS, adaptive=False),
    "bias": dict(WINDOWS, adaptive=False, relative_bias=True),
}


def build(attention=None, **settings):
    torch.manual_seed(0)
    size = dict(dim=8, num_heads=2, max_steps=16)
    return activated(build_block(None, attention, **size, **settings) for _ in range(2))


def activated(blocks):
    blocks = torch.nn.ModuleList(blocks).double()
    for parameter in blocks.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return blocks


def batch():
    streams = torch.randn(2, len(LENGTHS), 16, 8, dtype=torch.float64)
    mask = torch.arange(16) < torch.tensor(LENGTHS)[:, None]
    return (streams * mask[..., None]).requires_grad_(), mask


def one_by_one(blocks, *inputs):
    with patch.object(block_group, "_can_be_grouped", lambda _: False):
        return run_blocks(blocks, *inputs)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("cross", [False, True])
@pytest.mark.parametrize("attention", list(ATTENTIONS))
def test_blocks_at_once_equal_blocks_one_by_one(attention, cross, stride):
    blocks = build(ATTENTIONS[attention], cross=cross, stride=stride)
    x, mask = batch()
    query = x.unbind()[::-1] if cross else x.unbind()
    found, wanted = run_blocks(blocks, query, x, mask), one_by_one(blocks, query, x, mask)
    torch.testing.assert_close(found, wanted)
    leaves = [x, *(p for p in blocks.parameters() if p.requires_grad)]
    probe = torch.randn(found[0].shape).double()
    mine, theirs = (torch.autograd.grad((y[0] * probe).sum(), leaves) for y in (found, wanted))
    torch.testing.assert_close(mine, theirs)


def test_both_matrix_products_of_a_pair_are_one():
    blocks, (x, mask) = build(WINDOWS, cross=True), batch()
    with OperatorCounter() as at_once:
        run_blocks(blocks, x.unbind(), x, mask)
    with OperatorCounter() as alone:
        one_by_one(blocks, x.unbind(), x, mask)
    # One each for projections, adapters, output, and both layers of the MLP.
    assert at_once.counts["baddbmm"] == 5 and at_once.counts["addmm"] == 0
    assert alone.counts["addmm"] == 14
    assert at_once.counts["convolution"] == 1 and alone.counts["convolution"] == 6


def test_paths_are_dropped_for_each_stream_and_sample():
    blocks = build(drop_path=0.5)
    x, mask = batch()
    with torch.no_grad():
        draws = torch.stack([run_blocks(blocks, x.unbind(), x, mask)[0] - x for _ in range(60)])
    changed = draws.abs().amax((-2, -1)) > 1e-9
    # Both residual branches of a stream of a sample are dropped a quarter of the time.
    assert changed.double().mean(0).flatten().tolist() == pytest.approx([0.75] * 6, abs=0.25)
    assert (changed[:, 0] != changed[:, 1]).any() and (changed[:, :, 0] != changed[:, :, 1]).any()


def test_a_frozen_block_stays_frozen():
    blocks, (x, mask) = build(), batch()
    blocks[0].requires_grad_(False)
    run_blocks(blocks, x.unbind(), x, mask)[0].sum().backward()
    assert all(p.grad is None for p in blocks[0].parameters())
    assert all(p.grad is not None for p in blocks[1].parameters())


def test_activation_checkpointing_keeps_its_blocks():
    blocks, (x, mask) = build(WINDOWS), batch()
    wanted = run_blocks(blocks, x.unbind(), x, mask)[0]
    for block in blocks:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    with OperatorCounter() as counted:
        found = run_blocks(blocks, x.unbind(), x, mask)[0]
    assert counted.counts["baddbmm"] == 0
    torch.testing.assert_close(found, wanted)
    (gradient,) = torch.autograd.grad(found.sum(), x, retain_graph=True)
    torch.testing.assert_close(gradient, torch.autograd.grad(wanted.sum(), x)[0])


class _Doubling(AttentionBlock):
    """A block of a user."""

    def forward(self, **streams):
        x, mask, figures = super().forward(**streams)
        return 2 * x, mask, figures


@pytest.mark.parametrize("training", [False, True])
def test_other_blocks_and_evaluation_call_each_block(training):
    kind = _Doubling if training else AttentionBlock
    blocks = activated(kind(8, 2) for _ in range(2)).train(training)
    calls = []
    for block in blocks:
        block.register_forward_hook(lambda *_, calls=calls: calls.append(1))
    x, mask = batch()
    found, _, _ = run_blocks(blocks, x.unbind(), x, mask)
    wanted = torch.stack(
        [b(query=y, context=y, mask=mask)[0] for b, y in zip(blocks, x, strict=True)]
    )
    assert len(calls) == 4 and torch.equal(found, wanted)
