"""Attention over time: dense, in fixed sliding windows, and in adaptive windows (LAC).

Shape letters: B batch, T steps, H heads, D channels a head, C = H * D, W window size,
N windows, S = N * W sampled positions.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ...registry import MODELS


@MODELS.register_module()
class GlobalAttention(nn.Module):
    """Multi-head attention of every step to every valid step (Vaswani et al., NeurIPS 2017).

    Args:
        dim: Channels C.
        num_heads: Heads H.
        max_steps: Not used, as every step is attended to.
    """

    @checked
    def __init__(
        self, dim: PositiveInt, num_heads: PositiveInt, max_steps: PositiveInt | None = None
    ):
        super().__init__()
        self.num_heads = num_heads

    def forward(
        self, *, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Attend.

        Args:
            query, key, value: (B, T, C), projected.
            mask: (B, T) bool, True = valid key.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: (B, T, C), 0 for a sample without a valid key; and an
            empty dict of values to log.
        """
        q, k, v = (
            x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in (query, key, value)
        )
        any_key = mask.any(1)[:, None, None]
        # A row without a valid key would be NaN: it attends to all keys and is zeroed afterwards.
        allowed = mask[:, None, None] | ~any_key[..., None]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        return out.transpose(1, 2).flatten(2) * any_key, {}


@MODELS.register_module()
class WindowAttention(nn.Module):
    """Cross-modal sliding-window attention with adaptive windows, LAC.

    Step i attends to entries i - W/2 .. i + W/2 of the key sequence. With ``adaptive``, that
    sequence is resampled: for each window of W steps and each head, a size P and an offset O are
    computed from the mean of its valid keys, and keys and values are read by linear interpolation
    at W positions spread over the target window. An entry is valid if and only if its base step is,
    and positions are clamped to the valid steps, which are the first ones of a sequence. No window
    loses keys at the border of the sequence, and with P = O = 0 the result is bitwise that of fixed
    windows. Time and memory are linear in T.

    At P = O = 0 all positions are integers, where linear interpolation is not differentiable: the
    gradient is the slope towards the next step only, and is of little use. By default the windows
    of the heads therefore start spread over time; ``offset_spread=0`` starts with fixed windows.

    In training it logs, over valid windows and heads, the mean of ``|P|`` (``lac_size``) and of
    ``|O|`` in half windows (``lac_offset``), and the fraction of valid entries whose position was
    clamped (``lac_clamped``).

    Source: LoCo, Local Adaptive Cross-modal interaction.

    Args:
        dim: Channels C.
        num_heads: Heads H; each has its own windows.
        window_size: Window size W. Sequences are padded internally to a multiple of W, so that the
            result does not depend on the length of the batch.
        adaptive: Whether windows are adaptive.
        max_steps: Number of steps of a full training sequence at this level; W is at most this. It
            is a constant of the model, not of the batch, so that padding has no effect.
        offset_spread: Initial offsets of the heads, evenly spaced between minus and plus this many
            half windows; 0 with a single head.
        size_spread: The same for the initial sizes.
        adapter_init: Initialization of the adapter weights: ``'zero'``, so that windows do not
            depend on keys at first, or ``'uniform'``, as in :class:`torch.nn.Linear`.
        relative_bias: Whether each head learns a bias for each distance from the query, an option
            of ActionFormer (Zhang et al., ECCV 2022).
    """

    # A block of queries reads (this many + 1) windows of keys at once.
    WINDOWS_PER_BLOCK = 4

    @checked
    def __init__(
        self,
        dim: PositiveInt,
        num_heads: PositiveInt,
        window_size: PositiveInt = 8,
        adaptive: bool = True,
        max_steps: PositiveInt | None = None,
        offset_spread: NonNegativeFloat = 1.0,
        size_spread: NonNegativeFloat = 0.0,
        adapter_init: Literal["zero", "uniform"] = "zero",
        relative_bias: bool = False,
    ):
        super().__init__()
        # Whether values about the windows are also logged in evaluation.
        self.watched = False
        self.num_heads = num_heads
        self.window_size = window_size if max_steps is None else min(window_size, max_steps)
        self.adapter: nn.Linear | None = None
        if adaptive:
            self.adapter = nn.Linear(dim, 2 * num_heads)
            if adapter_init == "zero":
                nn.init.zeros_(self.adapter.weight)
            heads = torch.linspace(-1, 1, num_heads) if num_heads > 1 else torch.zeros(1)
            with torch.no_grad():
                self.adapter.bias.copy_(torch.cat([size_spread * heads, offset_spread * heads]))
        self.relative_bias: nn.Parameter | None = None
        if relative_bias:
            self.relative_bias = nn.Parameter(
                torch.empty(num_heads, 2 * (self.window_size // 2) + 1)
            )
            nn.init.trunc_normal_(self.relative_bias, std=(2 / dim) ** 0.5)

    def activate_branches(self) -> None:
        """Set adapter weights whose effect is visible in tests."""
        for parameter in self.adapter.parameters() if self.adapter else ():
            nn.init.normal_(parameter, std=0.3)

    def forward(
        self, *, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Attend.

        Args:
            query, key, value: (B, T, C), projected.
            mask: (B, T) bool, True = valid key.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: (B, T, C), 0 for a step without a valid key in its
            window; and () values to log, by name.
        """
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)) for x in (query, key, value))
        valid = mask[..., None].expand(-1, -1, self.num_heads)
        figures: dict[str, Tensor] = {}
        if self.adapter is not None:
            positions, figures = self.target_positions(key, mask)
            k, v = sample_linear(k, v, mask, positions)
            valid = F.pad(valid, (0, 0, 0, positions.shape[1] - mask.shape[1]))
        return self._banded(q, k, v, valid).flatten(2), figures

    def target_positions(self, key: Tensor, mask: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Positions at which each head reads keys and values.

        Args:
            key: (B, T, C) projected keys.
            mask: (B, T) bool, True = valid; the first steps of a sequence.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: (B, S, H) float32 positions in steps, W per window,
            all within the valid steps (0 if there are none); and in training () values to log,
            by name.
        """
        if self.adapter is None:
            raise ValueError("expected adaptive=True, as fixed windows have no target positions")
        window = self.window_size
        pad = -key.shape[1] % window
        steps = F.pad(key * mask[..., None], (0, 0, 0, pad)).unflatten(1, (-1, window))
        valid = F.pad(mask, (0, pad)).unflatten(1, (-1, window))
        mean = steps.sum(2) / valid.sum(2, keepdim=True).clamp(min=1)
        # bfloat16 cannot represent steps beyond 256 exactly: positions stay float32 under autocast.
        with torch.autocast(key.device.type, enabled=False):
            size, offset = self.adapter(F.leaky_relu(mean).to(self.adapter.weight.dtype)).chunk(
                2, dim=-1
            )
            relative = torch.arange(window, device=key.device) - (window - 1) / 2
            start = torch.arange(0, mean.shape[1] * window, window, device=key.device)
            centre = start[:, None] + (window - 1) / 2 + offset * (window / 2)
            spread = relative[:, None] * (1 + size[:, :, None])
            free = centre[:, :, None] + spread
            last = _last_valid(mask).to(free.dtype)
            positions = free.clamp(min=0).clamp(max=last[:, None, None, None])
        figures = {}
        if self.training or self.watched:
            figures = _figures(size, offset, positions != free, valid)
        return positions.flatten(1, 2), figures

    def _banded(self, q: Tensor, k: Tensor, v: Tensor, valid: Tensor) -> Tensor:
        """Attention of each query i to entries i - W//2 .. i + W//2, in blocks of queries.

        Args:
            q: (B, T, H, D).
            k, v: (B, S, H, D), S >= T or equal.
            valid: (B, S, H) bool.

        Returns:
            Tensor: (B, T, H, D).
        """
        length, half_window = q.shape[1], self.window_size // 2
        block = self.WINDOWS_PER_BLOCK * self.window_size
        pad_q = -length % block
        span = block + 2 * half_window
        pad_k = (half_window, length + pad_q + half_window - k.shape[1])
        # (B, blocks, H, span, D) keys, one overlapping slice per block.
        k, v = (
            F.pad(x, (0, 0, 0, 0, *pad_k)).unfold(1, span, block).transpose(-1, -2) for x in (k, v)
        )
        q = F.pad(q, (0, 0, 0, 0, 0, pad_q)).unflatten(1, (-1, block)).transpose(2, 3)
        valid = F.pad(valid, (0, 0, *pad_k)).unfold(1, span, block)
        distance = (
            torch.arange(span, device=q.device) - torch.arange(block, device=q.device)[:, None]
        )
        allowed = valid[..., None, :] & (distance >= 0) & (distance <= 2 * half_window)
        any_key = allowed.any(-1, keepdim=True)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if self.relative_bias is not None:
            scores = scores + self.relative_bias[:, distance.clamp(min=0, max=2 * half_window)]
        # With a finite fill value, a row without a valid key is not NaN; it is zeroed below.
        scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
        out = (scores.softmax(-1).to(v.dtype) @ v) * any_key
        return out.transpose(2, 3).flatten(1, 2)[:, :length]


@torch.no_grad()
def _figures(size: Tensor, offset: Tensor, clamped: Tensor, valid: Tensor) -> dict[str, Tensor]:
    """From (B, N, H) sizes and offsets, (B, N, W, H) clamped and (B, N, W) valid entries."""

    def mean(values: Tensor, weights: Tensor) -> Tensor:
        shares = weights.to(torch.float32).expand(values.shape)
        return (values * shares).sum() / shares.sum().clamp(min=1)

    windows = valid.any(2)[..., None]
    return {
        "lac_size": mean(size.detach().abs(), windows),
        "lac_offset": mean(offset.detach().abs(), windows),
        "lac_clamped": mean(clamped, valid[..., None]),
    }


def _last_valid(mask: Tensor) -> Tensor:
    """(B,) index of the last valid step, 0 if there is none."""
    return (mask.sum(1) - 1).clamp(min=0)


def sample_linear(
    key: Tensor, value: Tensor, mask: Tensor, positions: Tensor
) -> tuple[Tensor, Tensor]:
    """Read keys and values at fractional positions by linear interpolation.

    Args:
        key, value: (B, T, H, D).
        mask: (B, T) bool, True = valid; the first steps of a sequence.
        positions: (B, S, H) positions in steps, within the valid steps.

    Returns:
        tuple[Tensor, Tensor]: sampled key and value, (B, S, H, D).
    """
    batch, length, heads, dim = key.shape
    last = _last_valid(mask)[:, None, None]
    # At the last step the slope is that towards the previous step, as padding follows.
    # After divergence positions are NaN: the result must be NaN, not an index error.
    below = positions.detach().nan_to_num().floor().long().clamp(max=last - 1).clamp(min=0)
    above = (below + 1).clamp(max=last)
    weight = (positions - below)[..., None].to(key.dtype)
    sequence = torch.arange(batch, device=key.device)[:, None, None] * length
    head = torch.arange(heads, device=key.device)
    rows = torch.cat([key, value], dim=-1).view(-1, 2 * dim)

    def read(index: Tensor) -> Tensor:
        flat = (sequence + index) * heads + head
        return rows.index_select(0, flat.flatten()).view(*index.shape, 2 * dim)

    keys, values = torch.lerp(read(below), read(above), weight).chunk(2, dim=-1)
    return keys, values
