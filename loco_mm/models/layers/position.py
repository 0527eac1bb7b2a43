"""Position encoding.

Shape letters: B batch, T steps, D channels.
"""

import math

import torch
from torch import Tensor, nn

from ...errors import InputError


def sinusoids(position: Tensor, dim: int) -> Tensor:
    """Sines and cosines of positions with increasing wavelengths (Vaswani et al.).

    Args:
        position: (...) positions.
        dim: Channels D, even.

    Returns:
        Tensor: (..., D).
    """
    pair = torch.arange(0, dim, 2, dtype=position.dtype, device=position.device)
    angle = position[..., None] / 10000 ** (pair / dim)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)


class SinusoidPosition(nn.Module):
    """Sinusoidal position encoding scaled by 1/sqrt(D), interpolated for longer sequences.

    For a sequence of n > max_len valid steps, the table is linearly interpolated to n rows. n is
    the length of each sample, not of the batch, so that padding has no effect.

    Source: Vaswani et al., NeurIPS 2017; scale and interpolation as in ActionFormer (Zhang et
    al., ECCV 2022).

    Args:
        dim: Channels D, even.
        max_len: Number of rows of the table.
    """

    def __init__(self, dim: int, max_len: int):
        super().__init__()
        if dim % 2:
            raise InputError(f"dim: expected an even number for the position encoding, got {dim}")
        table = sinusoids(torch.arange(max_len, dtype=torch.float64), dim)
        self.register_buffer("table", (table / math.sqrt(dim)).float(), persistent=False)

    table: Tensor

    def forward(self, mask: Tensor) -> Tensor:
        """The encoding of a batch.

        Args:
            mask: (B, T) bool, True = valid; the valid steps come first.

        Returns:
            Tensor: (B, T, D), arbitrary on padding.
        """
        max_len = self.table.shape[0]
        steps = mask.shape[1]
        if steps <= max_len:
            return self.table[:steps].expand(mask.shape[0], -1, -1)
        kind = torch.promote_types(self.table.dtype, torch.float32)
        step = torch.arange(steps, dtype=kind, device=mask.device)
        length = mask.sum(1, keepdim=True).clamp(min=max_len)
        # Pixel-centre mapping, as in `interpolate(mode='linear')`; the identity at max_len.
        row = ((step + 0.5) * max_len / length - 0.5).clamp(0, max_len - 1)
        row = torch.where(length == max_len, step.clamp(max=max_len - 1), row)
        below = row.floor().long()
        above = (below + 1).clamp(max=max_len - 1)
        weight = (row - below)[..., None].to(self.table.dtype)
        return torch.lerp(self.table[below], self.table[above], weight)
