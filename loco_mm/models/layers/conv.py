"""Convolutions and pooling over time.

Shape letters: B batch, T steps, C channels, S stride. Features are (B, T, C), so that every
linear layer and norm works on contiguous rows.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
        return _convolve(self, x)


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
        return _convolve(self, x)


def _convolve(layer: nn.Conv1d, x: Tensor) -> Tensor:
    """(B, T, C_in) to (B, ceil(T / S), C_out)."""
    # `conv1d` copies features to (B, C, T) and back. A two-dimensional convolution of height 1
    # reads and writes them as they are, which is channels_last for it.
    return F.conv2d(
        x.transpose(1, 2).unsqueeze(2),
        layer.weight.unsqueeze(2),
        layer.bias,
        stride=(1, *layer.stride),
        padding=(0, layer.kernel_size[0] // 2),
        groups=layer.groups,
    ).squeeze(2).transpose(1, 2)


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
    x = x.masked_fill(~mask[..., None], low)
    pooled = F.max_pool1d(x.transpose(1, 2), 3, stride=stride, padding=1).transpose(1, 2)
    return pooled.masked_fill(~mask[:, ::stride, None], 0)
