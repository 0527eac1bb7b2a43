"""Attention in sliding windows over time: fixed ones, and adaptive ones (LAC).

Shape letters: B batch, T steps, H heads, D channels a head, C = H * D, W window size,
N windows or blocks, S = N * W sampled positions.
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ...ops import last_valid, mask_bias, pad_to_multiple, sample_linear, sample_steps
from ...registry import MODELS
from ..features import mean_figures
from .grouped import grouped_linear


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

    # A block of up to this many windows of queries reads one more window of keys.
    WINDOWS_PER_BLOCK = 4

    entry: Tensor
    outside: Tensor
    from_centre: Tensor

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
        reach, block = 2 * (self.window_size // 2), self.WINDOWS_PER_BLOCK * self.window_size
        # (block, span): an entry of a block's keys minus the first that each query attends to.
        entry = torch.arange(block + reach) - torch.arange(block)[:, None]
        self.register_buffer("entry", entry.clamp(0, reach), persistent=False)
        self.register_buffer("outside", entry != self.entry, persistent=False)
        from_centre = torch.arange(self.window_size) - (self.window_size - 1) / 2
        self.register_buffer("from_centre", from_centre, persistent=False)

    def activate_branches(self) -> None:
        """Set adapter weights whose effect is visible in tests."""
        for parameter in self.adapter.parameters() if self.adapter else ():
            nn.init.normal_(parameter, std=0.3)

    def forward(
        self,
        *,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor,
        spans: Sequence[int] | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Attend.

        Args:
            query, key, value: (B, T, C), projected.
            mask: (B, T) bool, True = valid key.
            spans: Steps of each of several sequences, see :class:`GlobalAttention`.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: (B, T, C), finite but arbitrary for a step without a
            valid key in its window; and () values to log, by name, means over the sequences.
        """
        parts = [x.split(spans or [mask.shape[1]], dim=1) for x in (query, key, value, mask)]
        found = [self.attend_grouped([self], *part) for part in zip(*parts, strict=True)]
        if len(found) == 1:
            return found[0]
        return torch.cat([x for x, _ in found], 1), mean_figures(f for _, f in found)

    @staticmethod
    def attend_grouped(
        layers: Sequence["WindowAttention"], query: Tensor, key: Tensor, value: Tensor, mask: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The same for G layers of equal form at once.

        Args:
            layers: The layers.
            query, key, value: (G * B, T, C), those of each layer in turn.
            mask: (G * B, T) bool, True = valid key.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: (G * B, T, C), and means over the layers of the values
            to log.
        """
        first, length = layers[0], mask.shape[1]
        q, k, v = (x.unflatten(-1, (first.num_heads, -1)) for x in (query, key, value))
        half_window = first.window_size // 2
        block = min(first.WINDOWS_PER_BLOCK, -(-length // first.window_size)) * first.window_size
        span, number = block + 2 * half_window, -(-length // block)
        figures: dict[str, Tensor] = {}
        if first.adapter is None:
            step = torch.arange(-half_window, number * block + half_window, device=mask.device)
            # (N, span)
            steps = step.clamp(min=0).clamp(max=length - 1).unfold(0, span, block)
            k, v = (sample_steps(x, steps) for x in (k, v))
        else:
            last = last_valid(mask)
            positions, figures = _target_positions(layers, key, mask, last)
            after = number * block + half_window - positions.shape[1]
            # (G * B, N, H, span)
            positions = F.pad(positions, (0, 0, half_window, after)).unfold(1, span, block)
            k, v = sample_linear(k, v, last, positions)
        return _banded(layers, q, k, v, mask).flatten(2), figures

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
        return _target_positions([self], key, mask, last_valid(mask))


def _target_positions(
    layers: Sequence[WindowAttention], key: Tensor, mask: Tensor, last: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """:meth:`WindowAttention.target_positions` of G layers, from (G * B, T, C) keys.

    ``last`` (G * B,) is the index of the last valid step.
    """
    first = layers[0]
    adapters: list[Any] = [layer.adapter for layer in layers]
    window = first.window_size
    steps = pad_to_multiple(key * mask[..., None], window).unflatten(1, (-1, window))
    valid = pad_to_multiple(mask, window).unflatten(1, (-1, window))
    mean = steps.sum(2) / valid.sum(2, keepdim=True).clamp(min=1)
    # bfloat16 cannot represent steps beyond 256 exactly: positions are float32 or finer.
    with torch.autocast(key.device.type, enabled=False):
        mean = F.leaky_relu(mean).to(adapters[0].weight.dtype).unflatten(0, (len(layers), -1))
        adapted = grouped_linear(adapters, mean).flatten(0, 1)
        size, offset = (x[:, :, None] for x in adapted.chunk(2, dim=-1))
        kind = torch.promote_types(adapted.dtype, torch.float32)
        step = torch.arange(valid[0].numel(), dtype=kind, device=adapted.device)
        # (G * B, N, W, H)
        free = step.view(-1, window, 1).add(offset, alpha=window / 2)
        free = torch.addcmul(free, size, first.from_centre[:, None])
        positions = free.clamp(min=0).clamp(max=last[:, None, None, None])
    figures = {}
    if first.training or first.watched:
        figures = _figures(adapted, positions != free, valid)
    return positions.flatten(1, 2), figures


def _banded(
    layers: Sequence[WindowAttention], q: Tensor, k: Tensor, v: Tensor, mask: Tensor
) -> Tensor:
    """Attention of each query i to entries i - W//2 .. i + W//2, in blocks of queries.

    Args:
        layers: G layers.
        q: (G * B, T, H, D).
        k, v: (G * B, N, H, span, D), the entries that each of N blocks of queries reads.
        mask: (G * B, T) bool.

    Returns:
        Tensor: (G * B, T, H, D).
    """
    first, length, number, span = layers[0], mask.shape[1], k.shape[1], k.shape[3]
    half_window = first.window_size // 2
    block = span - 2 * half_window
    q = pad_to_multiple(q, block)
    blocked = F.pad(~mask, (half_window, number * block - length + half_window), value=True)
    # (G * B * N, 1, block, span)
    blocked = blocked.unfold(1, span, block).reshape(-1, 1, 1, span) | first.outside[:block, :span]
    bias = mask_bias(blocked, q.dtype)
    if first.relative_bias is not None:
        biases: list[Any] = [layer.relative_bias for layer in layers]
        learned = torch.stack(biases)[:, None, :, first.entry[:block, :span]]
        bias = (bias.unflatten(0, (len(layers), -1)) + learned).flatten(0, 1)
    of_blocks = q.reshape(-1, block, *q.shape[2:]).transpose(1, 2)
    out = F.scaled_dot_product_attention(
        of_blocks, k.flatten(0, 1), v.flatten(0, 1), attn_mask=bias
    )
    return out.transpose(1, 2).reshape(q.shape)[:, :length]


@torch.no_grad()
def _figures(adapted: Tensor, clamped: Tensor, valid: Tensor) -> dict[str, Tensor]:
    """From (B, N, 2H) adapter outputs, (B, N, W, H) clamped and (B, N, W) valid entries."""
    heads = clamped.shape[-1]
    windows = valid.any(2, keepdim=True)
    total = (adapted.abs() * windows).unflatten(-1, (2, heads)).sum((0, 1, 3))
    size, offset = total / (windows.sum() * heads).clamp(min=1)
    share = (clamped & valid[..., None]).sum() / (valid.sum() * heads).clamp(min=1)
    return {"lac_size": size, "lac_offset": offset, "lac_clamped": share}
