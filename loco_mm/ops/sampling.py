"""Samples features at fractional positions of a sequence.

Shape letters: B batch, T steps, H heads, E channels of a head, D channels, Q queries, P points per
query, N bins or blocks, S samples.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .precision import at_least_float32


def sample_points(values: Tensor, position: Tensor, weights: Tensor) -> Tensor:
    """Weighted sums of linearly interpolated features: the core of deformable attention.

    Source: deformable attention (Zhu et al., ICLR 2021) over time (Liu et al., TIP 2022).

    Args:
        values: (B, T, H, E); values outside the sequence are 0.
        position: (B, Q, H, P) in steps, where 0 is the first step.
        weights: (B, Q, H, P).

    Returns:
        Tensor: (B, Q, H, E).
    """
    batch, steps, heads, _ = values.shape
    # (B * H, E, 1, T): an image with one row.
    rows = at_least_float32(values).permute(0, 2, 3, 1).flatten(0, 1)[:, :, None]
    x = (2 * position.to(rows.dtype) + 1) / steps - 1
    x = x.transpose(1, 2).flatten(0, 1)
    grid = torch.stack([x, torch.zeros_like(x)], dim=-1)
    # (B * H, E, Q, P)
    found = F.grid_sample(rows, grid, align_corners=False)
    share = weights.transpose(1, 2).flatten(0, 1)[:, None]
    summed = (found * share).sum(-1).unflatten(0, (batch, heads))
    return summed.permute(0, 3, 1, 2).to(values.dtype)


def align_segments(x: Tensor, steps: Tensor, segments: Tensor, bins: int) -> Tensor:
    """Mean features of equal parts of segments: RoIAlign (He et al., ICCV 2017) in one dimension.

    The number of samples per part is the length of the part in steps, rounded up. Segments get no
    gradients.

    Args:
        x: (B, T, D).
        steps: (B,) number of valid steps; others are not read.
        segments: (B, Q, 2) start and end between 0 and ``steps``, where step t is at t. Segments
            are at least one step long.
        bins: Number of parts N.

    Returns:
        Tensor: (B, Q, N, D).
    """
    total = x.shape[1]
    steps = steps[:, None, None, None]
    with torch.no_grad():
        start = at_least_float32(segments)[..., 0, None, None]
        length = (at_least_float32(segments).diff(dim=-1)[..., None]).clamp(min=1)
        count = (length / bins).ceil()
        sample = torch.arange(-(-total // bins), device=x.device)
        part = torch.arange(bins, device=x.device)[:, None]
        # (B, Q, N, maximum number of samples per part)
        position = start + (part + (sample + 0.5) / count) * (length / bins)
        share = (sample < count) & (position >= -1) & (position <= steps)
        share = share / count
        position = torch.minimum(position.clamp(min=0), steps - 1)
        below = position.floor()
        above = torch.minimum(below + 1, steps - 1)
        inside = position - below
        # (B, Q, N, T): a sample interpolates two steps, and a part is the mean of its samples.
        weights = share.new_zeros(*share.shape[:-1], total)
        weights.scatter_add_(-1, below.long(), (1 - inside) * share)
        weights.scatter_add_(-1, above.long(), inside * share)
    found = weights.flatten(1, 2).to(x.dtype) @ x
    return found.unflatten(1, (-1, bins))


def sample_steps(x: Tensor, steps: Tensor) -> Tensor:
    """Read features at whole steps.

    Args:
        x: (B, T, H, D).
        steps: (N, S) long.

    Returns:
        Tensor: (B, N, H, S, D).
    """
    return x.index_select(1, steps.flatten()).unflatten(1, steps.shape).transpose(2, 3)


def sample_linear(
    key: Tensor, value: Tensor, last: Tensor, positions: Tensor, bags: bool | None = None
) -> tuple[Tensor, Tensor]:
    """Read keys and values at fractional positions by linear interpolation.

    Args:
        key, value: (B, T, H, D).
        last: (B,) long, index of the last valid step.
        positions: (B, N, H, S) positions in steps, within the valid steps.
        bags: Whether two steps are read and added in one operation, ``embedding_bag``. By default,
            they are on a CPU, where it is faster, unless it is compiled; on a GPU its backward
            pass does not support bfloat16. The results are the same up to rounding.

    Returns:
        tuple[Tensor, Tensor]: (B, N, H, S, D) each.
    """
    batch, steps, heads, _ = key.shape
    last = last[:, None, None, None]
    # At the last step the slope is that towards the previous step, as padding follows. After
    # divergence positions are NaN, which is any integer: the result must be NaN, not an error.
    below = positions.detach().long().clamp(max=last - 1).clamp(min=0)
    above = (positions - below).to(key.dtype).flatten()[:, None]
    # The index of a row is (sequence * T + step) * H + head.
    sequence = torch.arange(batch, device=key.device)[:, None, None, None]
    head = torch.arange(heads, device=key.device)[:, None]
    low = (sequence * (steps * heads) + head).add(below, alpha=heads)
    both = low, low + heads * (last > 0)
    if bags is None:
        bags = key.device.type == "cpu" and not torch.compiler.is_compiling()
    if bags:
        pairs, shares = torch.stack(both, dim=-1).flatten(0, -2), torch.cat([1 - above, above], 1)
        found = [_weighted_sums(x, pairs, shares) for x in (key, value)]
    else:
        # Fewer operations than for each by itself.
        rows = torch.cat([key, value], dim=-1).flatten(0, 2)
        before, after = rows.index_select(0, torch.stack(both).flatten()).view(2, len(above), -1)
        found = list(torch.lerp(before, after, above).chunk(2, dim=-1))
    sampled_key, sampled_value = (x.unflatten(0, positions.shape) for x in found)
    return sampled_key, sampled_value


def _weighted_sums(x: Tensor, pairs: Tensor, shares: Tensor) -> Tensor:
    """(N, D) sums of two rows of (..., D) each, from indices and weights (N, 2)."""
    rows = x.reshape(-1, x.shape[-1])
    return F.embedding_bag(pairs, rows, per_sample_weights=shares, mode="sum")
