"""Norms whose statistics are computed over valid steps only.

Shape letters: B batch, T steps, C channels.
"""

from torch import Tensor, nn

from ...errors import InputError
from ...ops import at_least_float32


class MaskedGroupNorm(nn.GroupNorm):
    """GroupNorm over (B, T, C) that ignores padded steps.

    Args:
        num_groups: Number of groups.
        channels: Channels C, a multiple of ``num_groups``.
    """

    def __init__(self, num_groups: int, channels: int):
        if channels % num_groups:
            raise InputError(f"model.dim: expected a multiple of {num_groups}, got {channels}")
        super().__init__(num_groups, channels)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:  # type: ignore[override]
        """(B, T, C) with mask (B, T) to the same shape; padded steps are undefined."""
        # (B, T, groups, C / groups)
        grouped = at_least_float32(x).unflatten(-1, (self.num_groups, -1))
        keep = mask[:, :, None, None].to(grouped.dtype)
        count = keep.sum((1, 3), keepdim=True).clamp(min=1) * grouped.shape[-1]
        mean = (grouped * keep).sum((1, 3), keepdim=True) / count
        centred = grouped - mean
        variance = (centred**2 * keep).sum((1, 3), keepdim=True) / count
        normed = (centred * (variance + self.eps).rsqrt()).flatten(2)
        return (normed * self.weight + self.bias).to(x.dtype)
