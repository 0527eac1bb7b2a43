"""Padding and convolutions as in TensorFlow."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


def same_padded(x: Tensor, kernel: Sequence[int], stride: Sequence[int]) -> Tensor:
    """Pad with zeros as TensorFlow's ``SAME``: of an odd number, one more at the end.

    Args:
        x: (N, C, ...) with as many further dimensions as the kernel.
        kernel: Size of the kernel.
        stride: Stride of the kernel, which is then at ``ceil(size / stride)`` places.
    """
    pads: list[int] = []
    for size, width, step in zip(x.shape[2:], kernel, stride, strict=True):
        missing = max(0, (size - 1) // step * step + width - size)
        pads = [missing // 2, missing - missing // 2, *pads]
    return functional.pad(x, pads) if any(pads) else x


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's padding ``SAME``."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        return super().forward(same_padded(x, self.kernel_size, self.stride))
