"""Blocks of equal form, computed at once in training.

Shape letters: G blocks, B batch, T steps, C channels, S stride.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..features import mean_figures
from .block import AttentionBlock
from .conv import masked_max_pool
from .drop import add_branch
from .grouped import grouped_depthwise, grouped_linear, grouped_norm


def run_blocks(
    blocks: Sequence[nn.Module], query: Sequence[Tensor], context: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Run G blocks of equal form, each on its own streams.

    In training, blocks of type :class:`AttentionBlock` are computed at once, without calling them.
    Other blocks, those with activation checkpointing, and all blocks in evaluation are called one
    by one.

    Args:
        blocks: The blocks, see :func:`build_block`.
        query: G streams (B, T, C) of the queries.
        context: (G, B, T, C) streams of keys, values and the residuals.
        mask: (B, T) bool, True = valid.

    Returns:
        tuple[Tensor, Tensor, dict[str, Tensor]]: (G, B, T/S, C) features, 0 on padding, (B, T/S)
        mask, and () values to log, by name.
    """
    if all(block.training and _can_be_grouped(block) for block in blocks):
        return _run_at_once(blocks, query, context, mask)
    calls = zip(blocks, query, context, strict=True)
    found = [block(query=q, context=c, mask=mask) for block, q, c in calls]
    return torch.stack([x for x, _, _ in found]), found[0][1], mean_figures(f for *_, f in found)


def _can_be_grouped(block: Any) -> bool:
    # A subclass, or a call that has been replaced, may compute something else.
    own = type(block) is AttentionBlock and "forward" not in vars(block)
    return own and hasattr(block.attention, "attend_grouped")


def _run_at_once(
    blocks: Sequence[Any], query: Sequence[Tensor], context: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """:meth:`AttentionBlock.forward` of G blocks."""
    first = blocks[0]
    projected = _project(blocks, query, context.unbind(), mask)
    every = mask.repeat(len(blocks), 1)
    attended, figures = first.attention.attend_grouped(
        [block.attention for block in blocks], *projected, every[:, :: first.stride]
    )
    attended = attended.unflatten(0, (len(blocks), -1))
    attended = grouped_linear([block.output for block in blocks], attended)
    if first.stride > 1:
        context = masked_max_pool(context.flatten(0, 1), every, first.stride).view_as(attended)
        mask = mask[:, :: first.stride]
    scale = torch.stack([block.attention_scale.scale for block in blocks])[:, None, None]
    x = add_branch(context, attended, scale, first.drop_path)
    hidden = torch.stack([block.mlp_norm(part) for block, part in zip(blocks, x, strict=True)])
    hidden = first.mlp[1](grouped_linear([block.mlp[0] for block in blocks], hidden))
    branch = grouped_linear([block.mlp[2] for block in blocks], hidden)
    scale = torch.stack([block.mlp_scale.scale for block in blocks])[:, None, None]
    x = add_branch(x, branch, scale, first.drop_path)
    return x * mask[..., None], mask, figures


def _project(
    blocks: Sequence[Any], query: Sequence[Tensor], context: Sequence[Tensor], mask: Tensor
) -> list[Tensor]:
    """Queries, keys and values (G * B, T/S, C)."""
    normed = [block.context_norm(x) for block, x in zip(blocks, context, strict=True)]
    asking = normed
    if blocks[0].query_norm is not None:
        asking = [block.query_norm(x) for block, x in zip(blocks, query, strict=True)]
    # (B, T, 3 * G, C): all queries, all keys, all values.
    x = torch.stack([*asking, *normed, *normed], dim=2) * mask[..., None, None]
    projections = [getattr(block, n) for n in ("query", "key", "value") for block in blocks]
    convs, norms, linears = zip(*projections, strict=True)
    x = grouped_norm(norms, grouped_depthwise(convs, x))
    x = grouped_linear(linears, x.permute(2, 0, 1, 3))
    return list(x.unflatten(0, (3, -1)).flatten(1, 2))
