"""The convolutional tower of dense heads.

Shape letters: B batch, T steps of a level, D input channels, C output channels.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...ops import Packing
from ..layers import MaskedGroupNorm, TemporalConv


def start_scores(layer: nn.Linear | nn.Conv1d, prior_prob: float) -> None:
    """Set the bias of a layer so that the sigmoid of its outputs is initially near a value."""
    nn.init.constant_(layer.bias, -math.log((1 - prior_prob) / prior_prob))  # type: ignore[arg-type]


class PredictionTower(nn.Module):
    """Convolutions with norms and an output convolution, shared by all levels.

    Args:
        in_channels: Channels D.
        channels: Hidden channels.
        out_channels: Channels C.
        prior_prob: Initial value of each output after a sigmoid.
        kernel_size: Odd kernel size of the convolutions, in steps.
        num_convs: Number of convolutions before the output convolution.
        groups: Number of groups of GroupNorms, with which convolutions have biases; by default
            norms are LayerNorms.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        out_channels: int,
        prior_prob: float | None = None,
        kernel_size: int = 3,
        num_convs: int = 2,
        groups: int | None = None,
    ):
        super().__init__()
        self.convs = nn.ModuleList(
            TemporalConv(before, channels, kernel_size, bias=groups is not None)
            for before in [in_channels, *[channels] * (num_convs - 1)]
        )
        self.norms = nn.ModuleList(
            nn.LayerNorm(channels) if groups is None else MaskedGroupNorm(groups, channels)
            for _ in self.convs
        )
        self.over_time = groups is not None
        self.output = TemporalConv(channels, out_channels, kernel_size)
        # Zero steps between packed levels.
        self.gap = kernel_size // 2
        self.is_scored = prior_prob is not None
        if prior_prob is not None:
            start_scores(self.output, prior_prob)

    def activate_branches(self) -> None:
        """Start with scores of 0.5, or distances of 1, so that tests see an effect."""
        with torch.no_grad():
            self.output.bias.fill_(0.0 if self.is_scored else 1.0)  # type: ignore[union-attr]

    def forward(self, levels: Sequence[Tensor], masks: Sequence[Tensor]) -> list[Tensor]:
        """(B, T, D) with masks (B, T) to (B, T, C), for each level."""
        if self.over_time:
            return [self.level(x, mask) for x, mask in zip(levels, masks, strict=True)]
        packed, packing = self.packed(levels, masks)
        return packing.unpack(packed)

    def packed(self, levels: Sequence[Tensor], masks: Sequence[Tensor]) -> tuple[Tensor, Packing]:
        """The same as one sequence (B, P, C), and its layout; not with GroupNorms."""
        packing = Packing.of(levels, self.gap)
        return self.level(packing.pack(levels), packing.pack(masks)), packing

    def level(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) with mask (B, T) to (B, T, C), in the weights' precision."""
        keep = mask[..., None]
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = conv(x)
            x = F.relu(norm(x, mask) if self.over_time else norm(x)) * keep
        # bfloat16 has a resolution of 1/32 between 4 and 8, too coarse for distances and for the
        # order of scores. The output keeps the precision of the weights under autocast.
        with torch.autocast(x.device.type, enabled=False):
            return self.output(x.to(self.output.weight.dtype))
