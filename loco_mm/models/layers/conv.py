"""Convolutions and pooling over time.

Shape letters: B batch, T steps, C channels, S stride. Features are (B, T, C), so that every
linear layer and norm works on contiguous rows.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def convolve(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, groups: int = 1
) -> Tensor:
    """Convolve over time, zero-padded.

    Args:
        x: (B, T, C_in).
        weight: (C_out, C_in / groups, K), K odd.
        bias: (C_out,).
        stride: Steps between outputs; output t is centred on input ``t * stride``.
        groups: Number of groups of channels.

    Returns:
        Tensor: (B, ceil(T / S), C_out).
    """
    # `conv1d` copies features to (B, C, T) and back. A two-dimensional convolution of height 1
    # reads and writes them as they are, which is channels_last for it.
    rows = x.transpose(1, 2).unsqueeze(2)
    padding = (0, weight.shape[-1] // 2)
    out = F.conv2d(rows, weight.unsqueeze(2), bias, (1, stride), padding, groups=groups)
    return out.squeeze(2).transpose(1, 2)


class TemporalConv(nn.Conv1d):
    """Dense convolution of odd kernel over (B, T, C), zero-padded, optionally downsampling.

    Padding steps of the input must be zero, as at the end of a sequence.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Odd kernel width, in steps.
        bias (bool): Whether to add a bias.
        stride: Steps between outputs; output t is centred on input ``t * stride``.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 3, bias=True, stride: int = 1
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2, bias=bias
        )
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C_in) to (B, ceil(T / S), C_out)."""
        return convolve(x, self.weight, self.bias, self.stride[0])


class DepthwiseConv(nn.Conv1d):
    """Depthwise convolution of odd kernel over (B, T, C), optionally downsampling.

    Args:
        channels: Channels of input and output.
        stride: Steps between outputs; output t is centred on input ``t * stride``.
        kernel_size: Odd kernel width, in steps.
        bias: Whether to add a bias.
    """

    def __init__(self, channels: int, stride: int = 1, kernel_size: int = 3, bias: bool = False):
        super().__init__(
            channels,
            channels,
            kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            groups=channels,
            bias=bias,
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to (B, ceil(T / S), C)."""
        return convolve(x, self.weight, self.bias, self.stride[0], self.groups)


def masked_max_pool(x: Tensor, mask: Tensor, stride: int) -> Tensor:
    """Max pooling (kernel 3) over valid steps only.

    Args:
        x: (B, T, C) features.
        mask: (B, T) bool, True = valid.
        stride: Steps between outputs.

    Returns:
        Tensor: (B, ceil(T / S), C); 0 where the centre step is not valid.
    """
    # With padding in the maximum, the result would depend on the length of the batch.
    low = torch.finfo(x.dtype).min
    rows = x.masked_fill(~mask[..., None], low).transpose(1, 2).unsqueeze(2)
    pooled = F.max_pool2d(rows, (1, 3), stride=(1, stride), padding=(0, 1))
    return pooled.squeeze(2).transpose(1, 2) * mask[:, ::stride, None]
